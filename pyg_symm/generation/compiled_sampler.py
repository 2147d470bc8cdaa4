"""Sampling with compiled steps of few shapes."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.nn.models import Block, Prefix

from .sampler import BlockSampler
from .slots import Slots

# Shapes that a step is compiled for, at most; PyTorch's own limit is eight.
_SHAPES = 256


class CompiledSampler(BlockSampler):
    r"""Compiles the steps of the denoiser, and pads rows and places to few shapes for it.

    Args:
        *args: As of :class:`BlockSampler`.
        backend (str): A backend of :func:`torch.compile`.
        **kwargs (optional): As of :class:`BlockSampler`.
    """

    def __init__(self, *args: Any, backend: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = self.model.denoiser.step
        self._step = torch.compile(step, backend=backend, fullgraph=True, dynamic=False)

    def sample(
        self, numbers: Sequence[int], progress: Callable[[int], object] | None = None
    ) -> list[Data]:
        with torch._dynamo.config.patch(recompile_limit=_SHAPES):
            return super().sample(numbers, progress)

    def _num_rows(self, count: int) -> int:
        return self.batch_size

    def _alike(self, slots: Slots) -> list[Tensor]:
        return [torch.arange(slots.number.numel(), device=self.device)]

    def _shape(self, room: int, width: int) -> tuple[int, int]:
        return few_shapes(room, width, self.max_nodes)

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        return self._step(prefix, block, time)

    def _compact(self, slots: Slots) -> Slots:
        return slots


def few_shapes(room: int, width: int, max_nodes: int) -> tuple[int, int]:
    r"""Rounds shapes up, so that there are few of them.

    Args:
        room (int): Nodes before a block, rounded to a multiple of eight.
        width (int): Nodes of the block, rounded to a power of two.
        max_nodes (int): The most nodes there is room for; one place more is always there.

    Examples:
        >>> few_shapes(0, 1, 27), few_shapes(9, 3, 27), few_shapes(26, 1, 27)
        ((8, 1), (16, 4), (28, 1))
    """
    return min(8 * max(1, -(-room // 8)), max_nodes + 1), 1 << (width - 1).bit_length()
