"""Invariant read-outs of functions on an affine group at points."""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.groups import GroupSamples


class InvariantPointPool(torch.nn.Module):
    r"""The maximum or the mean of features over the nodes of each graph and over all samples.

    The mean is one under the Haar measure of the affine group,

    .. math::
        \frac{1}{N} \sum_{i = 1}^N \sum_{\mathbf{A}} \frac{w_{\mathbf{A}}}{|\det \mathbf{A}|}
        \mathbf{x}_i(\mathbf{A})

    The maximum is biased upward with the number of samples: a network that was trained with one
    number should be evaluated with the same.

    Args:
        mode (str, optional): ``"max"`` or ``"mean"``. (default: ``"max"``)

    Raises:
        ValueError: If there is no such mode.

    Shapes:
        - **input:** features :math:`(N, N_H, F)`, their samples, the graph of each node :math:`(N)`
        - **output:** :math:`(B, F)`, zero for graphs without nodes

    Examples:
        >>> from pyg_symm.groups import SL
        >>> InvariantPointPool("mean")(torch.randn(5, 6, 8), SL(2).sample(6)).shape
        torch.Size([1, 8])
    """

    def __init__(self, mode: str = "max") -> None:
        super().__init__()
        if mode not in ("max", "mean"):
            raise ValueError(f"'mode' must be 'max' or 'mean' (got {mode!r})")
        self.mode = mode

    def forward(
        self,
        x: Tensor,
        samples: GroupSamples,
        batch: Tensor | None = None,
        batch_size: int | None = None,
    ) -> Tensor:
        r"""Computes the read-out.

        Args:
            x (torch.Tensor): Features :math:`(N, N_H, F)`.
            samples (GroupSamples): Their elements.
            batch (torch.Tensor, optional): The graph of each node :math:`(N)`. (default: one graph)
            batch_size (int, optional): The number of graphs.

        Raises:
            ValueError: If features and samples do not fit.
        """
        if x.dim() != 3 or x.size(1) != len(samples):
            raise ValueError(f"'x' must be of shape [N, {len(samples)}, F] (got {list(x.shape)})")
        if self.mode == "max":
            x = x.amax(1)
        else:
            weights = samples.affine_weights.to(x.dtype)
            x = torch.einsum("naf,a->nf", x, weights)
        if batch is None:
            batch = torch.zeros(x.size(0), dtype=torch.long, device=x.device)
            batch_size = 1
        return scatter(x, batch, dim=0, dim_size=batch_size, reduce=self.mode)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.mode!r})"
