"""What PARD's cached sampling is compared with: all of a graph computed again at every step."""

from collections.abc import Iterator

import torch
from doubled import DoubledDenoiser
from torch import Tensor

from pyg_symm.generation.sampler import BlockSampler
from pyg_symm.generation.slots import Slots
from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.dense import BlockLayout, LayerCache
from pyg_symm.nn.models import Block, Features, Prefix


class Cached(BlockSampler):
    """Ours, along the blocks of given graphs, with their sizes and degrees."""

    given: BlockGraphs

    def _begin(self, slots: Slots, rows: Tensor) -> None:
        numbers = slots.number[rows]
        slots.size[rows] = self.given.block_size[numbers, 0]
        slots.degree[rows] = self.given.block_degree[numbers, 0]

    def _next(self, slots: Slots, rows: Tensor) -> None:
        last = self.given.block_size.size(1) - 1
        number, block = slots.number.clamp_min(0), slots.block.clamp_max(last)
        size = torch.where(slots.block > last, 0, self.given.block_size[number, block])
        slots.size = torch.where(rows, size, slots.size)
        slots.degree = torch.where(rows, self.given.block_degree[number, block], slots.degree)


class Recomputed(Cached):
    """All of a prefix and its block at every step: one plane of pairs, as in a sequential model."""

    def _keep(self, slots: Slots, rows: Tensor, part: Slots, block: Block) -> None:
        """Only the places of nodes: nothing that is computed is kept."""
        prefix = slots.denoiser
        nothing = [LayerCache(None, None)] * len(prefix.layers)
        prefix.append(nothing, prefix.ends.new_zeros(1, 1, 1), block.mask, rows)

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        denoiser, trunk = self.model.denoiser, self.model.denoiser.trunk
        graphs, room = self._whole(slots, prefix, block)
        number = graphs.block_id.clamp(0, trunk.last_block)
        x = trunk.node_emb(graphs.node) + trunk._places(number, graphs.node_degree)
        x[:, room:] += trunk._time(time).unsqueeze(1)
        eye = torch.eye(graphs.edge.size(1), dtype=torch.bool, device=x.device)
        e = trunk.edge_emb(graphs.edge.masked_fill(eye, trunk.num_edge_classes))
        e = e + trunk._relative(number.unsqueeze(2), number.unsqueeze(1))
        layout = BlockLayout.of(graphs.block_id)
        x, e = trunk.layers(x.unsqueeze(1), e.unsqueeze(1), layout)
        head = denoiser.head
        pooled = head.pooling(Features(x, e, layout))
        col, row = head.lin_ends(pooled).chunk(2, dim=-1)
        out = head._mix(layout.outer(row, col)[:, 0], e[:, 0])
        noisy = graphs.node, graphs.edge
        node, pair = head._logits(pooled[:, 0], out + out.transpose(1, 2), noisy, time)
        return node[:, room:], pair[:, room:]

    def _whole(self, slots: Slots, prefix: Prefix, block: Block) -> tuple[BlockGraphs, int]:
        """Finished and noisy nodes together, the block behind the room for the prefix."""
        room = prefix.block_id.size(1)
        number = torch.where(block.mask, prefix.num_blocks.unsqueeze(1), -1)
        block_id = torch.cat([prefix.block_id, number], dim=1)
        node = torch.cat([slots.node[:, :room], block.node], dim=1)
        low = block.edge
        high = torch.cat([slots.edge[:, :room, :room], low[:, :, :room].transpose(1, 2)], dim=2)
        edge = torch.cat([high, low], dim=1)
        rows = slots.number.clamp_min(0)
        return (
            BlockGraphs(
                node, edge, block_id, self.given.block_size[rows], self.given.block_degree[rows]
            ),
            room,
        )


class InStep(Recomputed):
    """As published: a batch goes from block to block together, padded to its largest, and nothing
    leaves it or enters it before the last graph has ended.
    """

    def _fill(self, slots: Slots, waiting: Iterator[int]) -> bool:
        if bool((slots.number >= 0).any()):
            return True
        slots.denoiser.clear(torch.arange(slots.number.numel(), device=self.device))
        return super()._fill(slots, waiting)

    def _alike(self, slots: Slots) -> list[Tensor]:
        return [torch.arange(slots.number.numel(), device=self.device)]

    def _compact(self, slots: Slots) -> Slots:
        return slots


class Parallel(Recomputed):
    """The form for training, of which only the last block is used: finished and noisy copies."""

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        graphs, room = self._whole(slots, prefix, block)
        node, pair = self.model.denoiser(graphs, graphs.node, graphs.edge, time)
        return node[:, room:], pair[:, room:]


class InStepParallel(InStep, Parallel):
    """Both: what the published sampler does, but for its twice as large planes of pairs."""


class Doubled(Recomputed):
    """The form of the paper, of which only the last block is used: 2N x 2N pairs.

    Its network has other weights, and so makes other graphs of the same blocks.
    """

    peer: DoubledDenoiser

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        graphs, room = self._whole(slots, prefix, block)
        node, pair = self.peer(graphs, graphs.node, graphs.edge, time.float())
        return node[:, room:], pair[:, room:]


SAMPLERS = {
    "cached": Cached,
    "recomputed": Recomputed,
    "in step": InStep,
    "parallel form": Parallel,
    "parallel form in step": InStepParallel,
    "doubled form": Doubled,
    "one shot": Cached,
}
