"""Sampling with steps that are recorded as CUDA graphs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyg_symm.nn.models.pard import Block, Prefix
from pyg_symm.utils.recording import record

from .compiled_sampler import few_shapes
from .sampler import BlockSampler
from .slots import Slots

_FEWEST = 64  # Rows that a graph is recorded for, at least.


@dataclass
class _Step:
    """A recorded call of the denoiser, and the tensors it reads."""

    prefix: Prefix
    block: Block
    time: Tensor
    replay: Callable[[], tuple[Tensor, Tensor]]
    source: Prefix | None = None  # What the prefix holds now.


class GraphedSampler(BlockSampler):
    r"""Records the denoiser's call for few shapes, and launches each at once.

    Rows are split by the size of their block into powers of two, and each part is padded to a
    multiple of eight earlier nodes and to a power of two of rows. What is finished is copied to
    where a graph reads it once a block, not once a step.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._steps: dict[tuple[int, ...], _Step] = {}
        self._prefixes: dict[tuple[int, ...], Prefix] = {}
        self._pool = torch.cuda.graph_pool_handle() if self.device.type == "cuda" else None

    def _alike(self, slots: Slots) -> list[Tensor]:
        rows = ((slots.number >= 0) & (slots.size > 0)).nonzero().view(-1)
        group = torch.tensor([(size - 1).bit_length() for size in slots.size[rows].tolist()])
        return [rows[(group == i).to(self.device)] for i in group.unique().tolist()]

    def _shape(self, room: int, width: int) -> tuple[int, int]:
        return few_shapes(room, width, self.max_nodes)

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        count = block.node.size(0)
        step = self._step(prefix, block, time)
        if step.source is not prefix:
            pairs = zip(step.prefix.tensors, prefix.tensors, strict=True)
            for kept, new in pairs:
                kept[:count].copy_(new)
            for other in self._steps.values():
                other.source = None if other.prefix is step.prefix else other.source
            step.source = prefix
            step.block.mask[:count].copy_(block.mask)
            step.block.mask[count:] = False
            step.block.degree[:count].copy_(block.degree)
        step.block.node[:count].copy_(block.node)
        step.block.edge[:count].copy_(block.edge)
        step.time[:count].copy_(time)
        node, edge = step.replay()
        return node[:count], edge[:count]

    def _step(self, prefix: Prefix, block: Block, time: Tensor) -> _Step:
        rows = max(_FEWEST, 1 << (block.node.size(0) - 1).bit_length())
        room, width = prefix.block_id.size(1), block.node.size(1)
        key = rows, room, width
        if key not in self._steps:
            if key[:2] not in self._prefixes:
                self._prefixes[key[:2]] = _grown(prefix, rows)
            kept = self._prefixes[key[:2]]
            own = Block(*(_rows_of(part, rows) for part in block))
            when = _rows_of(time, rows)
            replay = record(
                lambda: self.model.denoiser.step(kept, own, when), self.device, self._pool
            )
            self._steps[key] = _Step(kept, own, when, replay)
        return self._steps[key]


def _rows_of(tensor: Tensor, rows: int) -> Tensor:
    """Zeros of the shape of a tensor, but for the number of rows."""
    return tensor.new_zeros(rows, *tensor.shape[1:])


def _grown(prefix: Prefix, rows: int) -> Prefix:
    """An empty prefix of the shape of another, but for the number of rows."""
    layers = [layer.map(lambda part: _rows_of(part, rows)) for layer in prefix.layers]
    block_id, count, num_blocks, ends = (
        _rows_of(part, rows)
        for part in (prefix.block_id, prefix.count, prefix.num_blocks, prefix.ends)
    )
    return Prefix(block_id - 1, count, num_blocks, layers, ends)
