"""Blocks in a row, and what is read behind the last or behind each."""

import torch
from torch import Tensor, nn

from .block import ConvNeXtBlock
from .kernels import Kernels


class BlockStack(nn.Module):
    r"""Residual blocks with linear read-outs.

    It compiles without a graph break, ``stack.compile(fullgraph=True)``.

    Args:
        blocks (list): The blocks.
        channels (int): The number of channels :math:`C`.
        out_channels (int): The number of channels that are read :math:`K`.
        readouts (str, optional): ``"last"`` reads behind the last block, ``"all"`` takes the mean
            of one read-out behind each. (default: ``"last"``)

    Shapes:
        - **input:** features :math:`(N, O, C)`
        - **output:** :math:`(N, O, K)`
    """

    def __init__(
        self,
        blocks: list[ConvNeXtBlock],
        channels: int,
        out_channels: int,
        readouts: str = "last",
    ) -> None:
        super().__init__()
        if readouts not in ("last", "all"):
            raise ValueError(f"'readouts' must be 'last' or 'all' (got {readouts!r})")
        self.blocks = nn.ModuleList(blocks)
        num = len(blocks) if readouts == "all" else 1
        self.readouts = nn.ModuleList(nn.Linear(channels, out_channels) for _ in range(num))

    def reset_parameters(self) -> None:
        r"""Resets all learnable parameters of the module."""
        for module in [*self.blocks, *self.readouts]:
            module.reset_parameters()

    def forward(self, x: Tensor, kernels: Kernels) -> Tensor:
        """"""  # noqa: D419
        skipped = len(self.blocks) - len(self.readouts)
        out = None
        for i, block in enumerate(self.blocks):
            x = block(x, kernels)
            if i >= skipped:
                read = self.readouts[i - skipped](x)
                out = read if out is None else out + read
        assert out is not None
        return out / len(self.readouts)

    @torch.no_grad()
    def calibrate(self, x: Tensor, kernels: Kernels) -> None:
        r"""Scales the weights of all convolutions; see :meth:`SeparableConv.calibrate`."""
        for block in self.blocks:
            block.conv.calibrate(x, kernels)  # type: ignore[union-attr, operator]
            x = block(x, kernels)
