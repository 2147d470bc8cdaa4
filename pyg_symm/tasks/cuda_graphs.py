"""Training losses whose launches are recorded once for each shape of a batch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from pyg_symm.graphs import BlockGraphs
from pyg_symm.utils import Noise
from pyg_symm.utils.recording import record

_Results = tuple[dict[str, Tensor], list[Tensor]]


@dataclass
class _Recorded:
    """A recorded step of one shape, what it reads, and which parameters have gradients."""

    inputs: list[Tensor]
    seed: Tensor
    replay: Callable[[], _Results]
    used: list[int]


class GraphedLoss:
    r"""Computes a loss and its gradients as one CUDA graph for each shape of batches.

    A small network launches thousands of short kernels a step, and the launches take longer than
    the kernels. A graph launches them all at once. Loss and gradients are recorded together; the
    result is an ordinary loss, whose backward pass hands out the gradients.

    Args:
        loss (Callable): From a batch and a source of noise to named terms, among them ``"loss"``.
        parameters (iterable): What to compute gradients of.
    """

    def __init__(
        self,
        loss: Callable[[BlockGraphs, Noise], dict[str, Tensor]],
        parameters: Iterable[torch.nn.Parameter],
    ) -> None:
        self.loss = loss
        self.parameters = [value for value in parameters if value.requires_grad]
        self._recorded: dict[tuple[torch.Size, ...], _Recorded] = {}
        self._pool: Any = None

    def __call__(self, batch: BlockGraphs, noise: Noise) -> dict[str, Tensor]:
        inputs = [getattr(batch, field.name) for field in fields(batch)]
        key = tuple(tensor.shape for tensor in inputs)
        if key not in self._recorded:
            self._recorded[key] = self._record(inputs)
        recorded = self._recorded[key]
        torch._foreach_copy_(recorded.inputs, inputs)
        recorded.seed.fill_(int(noise.seed))
        terms, gradients = recorded.replay()
        chosen = [self.parameters[i] for i in recorded.used]
        loss = _WithGradients.apply(terms["loss"], gradients, *chosen)
        # The tensors of a graph are written again by the next step.
        return {**{name: value.clone() for name, value in terms.items()}, "loss": loss}

    def _record(self, batch: list[Tensor]) -> _Recorded:
        inputs = [tensor.clone() for tensor in batch]
        device = inputs[0].device
        if device.type == "cuda" and self._pool is None:
            self._pool = torch.cuda.graph_pool_handle()
        seed = torch.zeros((), dtype=torch.long, device=device)
        terms = self.loss(BlockGraphs(*inputs), Noise(seed))
        found = torch.autograd.grad(terms["loss"], self.parameters, allow_unused=True)
        used = [i for i, gradient in enumerate(found) if gradient is not None]
        chosen = [self.parameters[i] for i in used]

        def step() -> _Results:
            terms = self.loss(BlockGraphs(*inputs), Noise(seed))
            # Backward passes run without autocast, as outside: float32 parts stay in float32.
            with torch.autocast(device.type, enabled=False):
                gradients = torch.autograd.grad(terms["loss"], chosen)
            return {name: value.detach() for name, value in terms.items()}, list(gradients)

        del terms, found
        return _Recorded(inputs, seed, record(step, device, self._pool), used)


class _WithGradients(torch.autograd.Function):
    """A number whose gradients are known already."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *parameters: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return None, None, *torch._foreach_mul(ctx.gradients, gradients[0])
