"""Sampling of many graphs at once, block by block."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice

import torch
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.diffusion import draw
from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import Block
from pyg_symm.utils import Noise

from .block_diffusion import DEGREE, SIZE, BlockDiffusion
from .constraints import Constraints
from .networks import PARDNetworks
from .slots import Slots, cheapest_groups

# The fixed cost of a step, in pairs times their channels; measured on one CPU core.
_CALL = 16_000
_CALL_ON_GPU = 5_000_000


class BlockSampler(BlockDiffusion):
    r"""Generates graphs block by block.

    All current graphs take the steps of a block together. Then each graph gets its next block, or
    it ends and another graph takes its place. Finished blocks are computed once. Random numbers
    depend on the number of a graph, not on the other graphs.

    Args:
        model (PARDNetworks): The networks.
        noise (Noise): The source of randomness.
        batch_size (int): The most graphs at a time.
        max_nodes (int): The most nodes of a graph: larger blocks are not proposed.
        max_blocks (int): The most blocks of a graph.
        steps (list): The steps to go through, from :math:`T` down to 0.
        temperature (float, optional): Divides logits. (default: :obj:`1.0`)
        constraints (Constraints, optional): What blocks must satisfy. (default: nothing)
        start (BlockGraphs, optional): A graph whose blocks every sample begins with.
        min_nodes (int, optional): Graphs with fewer nodes do not end. (default: :obj:`0`)
    """

    def __init__(
        self,
        model: PARDNetworks,
        noise: Noise,
        batch_size: int,
        max_nodes: int,
        max_blocks: int,
        steps: list[int],
        temperature: float = 1.0,
        constraints: Constraints | None = None,
        start: BlockGraphs | None = None,
        min_nodes: int = 0,
    ) -> None:
        super().__init__(model, noise, steps, temperature, constraints)
        self.batch_size = batch_size
        self.max_nodes = max_nodes
        self.max_blocks = max_blocks
        self.start = start
        self.min_nodes = min_nodes

    @torch.no_grad()
    def sample(
        self, numbers: Sequence[int], progress: Callable[[int], object] | None = None
    ) -> list[Data]:
        r"""Generates the graphs of some numbers, in this order.

        Args:
            numbers (Sequence of int): The numbers, each once; the same ones give the same graphs.
            progress (Callable, optional): Told how many graphs have been finished.
        """
        waiting = iter(numbers)
        done: dict[int, Data] = {}
        slots = self._empty(self._num_rows(len(numbers)))
        while self._fill(slots, waiting):
            slots = self._compact(slots)
            if bool((slots.size > 0).any()):
                self._advance(slots)
            for number, data in self._finished(slots):
                done[number] = data
                if progress is not None:
                    progress(1)
        return [done[number] for number in numbers]

    def _num_rows(self, count: int) -> int:
        """Rows for this many graphs."""
        return min(self.batch_size, count)

    def _empty(self, size: int) -> Slots:
        model, room, device = self.model, self.max_nodes, self.device
        zeros = torch.zeros(size, dtype=torch.long, device=device)
        predictor = None if model.predictor is None else model.predictor.start(size, room)
        denoiser = model.denoiser.start(size, room)
        return Slots(
            number=zeros - 1,
            node=zeros.new_zeros(size, room + 1),
            edge=zeros.new_zeros(size, room + 1, room + 1),
            size=zeros.clone(),
            degree=zeros.clone(),
            attempt=zeros.clone(),
            state=denoiser.ends.new_zeros(size, model.state_channels),
            denoiser=denoiser,
            predictor=predictor,
        )

    def _fill(self, slots: Slots, waiting: Iterator[int]) -> bool:
        """Starts new graphs in free rows; returns whether any graph is unfinished."""
        free = (slots.number < 0).nonzero().view(-1)
        numbers = list(islice(waiting, free.numel()))
        if numbers:
            rows = free[: len(numbers)]
            slots.number[rows] = torch.tensor(numbers, device=self.device)
            for part in (slots.size, slots.degree, slots.attempt):
                part[rows] = 0
            for part in (slots.node, slots.edge, slots.state):
                part[rows] = 0
            slots.denoiser.clear(rows)
            if slots.predictor is not None:
                slots.predictor.clear(rows)
            self._begin(slots, rows)
        return bool((slots.number >= 0).any())

    def _begin(self, slots: Slots, rows: Tensor) -> None:
        """Chooses the first block of new graphs, or the block after the given ones."""
        if self.start is not None:
            slots.write(rows, self._given)
            new = torch.zeros_like(slots.number, dtype=torch.bool)
            new[rows] = True
            self._next(slots, new)
            return
        weight = self.model.first_size.clone()
        weight[self.max_nodes + 1 :] = 0
        size = draw(
            weight.expand(rows.numel(), -1), self.noise.uniform(SIZE, slots.number[rows], 0)
        )
        slots.size[rows] = size
        if self.model.max_degree > 0:
            logits = self.model.size_head.first_degree(size)
            slots.degree[rows] = self._draw_degree(logits, slots.number[rows], 0)

    @cached_property
    def _given(self) -> Slots:
        """The graph that every sample begins with, computed once."""
        start, slots, done = self.start, self._empty(1), 0
        assert start is not None
        rows = torch.zeros(1, dtype=torch.long, device=self.device)
        for i in range(int(start.num_blocks)):
            width = int(start.block_size[0, i])
            slots.size[0], slots.degree[0] = width, start.block_degree[0, i]
            own = slice(done, done + width)
            node, edge = start.node[:, own], start.edge[:, own, : done + width]
            mask = torch.ones_like(node, dtype=torch.bool)
            self._append(slots, rows, slots.select(rows, done), node, edge, mask)
            done += width
        return slots

    def _advance(self, slots: Slots) -> None:
        """Samples the current block of every graph and chooses the next one."""
        taken = torch.zeros_like(slots.number, dtype=torch.bool)
        for rows in self._alike(slots):
            room, width = self._shape(int(slots.count[rows].max()), int(slots.size[rows].max()))
            part = slots.select(rows, room)
            mask = torch.arange(width, device=self.device) < part.size.unsqueeze(1)
            node, edge = self._denoise(part, mask)
            good = self._check(part, node, edge, mask)
            slots.attempt[rows] = torch.where(good, 0, part.attempt + 1)
            self._append(slots, rows, part, node, edge, mask & good.unsqueeze(1))
            taken[rows] = good & (part.size > 0)
        self._next(slots, taken)

    def _alike(self, slots: Slots) -> list[Tensor]:
        """Groups of rows with blocks of about the same size, because padding costs time."""
        rows = ((slots.number >= 0) & (slots.size > 0)).nonzero().view(-1)
        size, count = slots.size[rows], slots.count[rows]
        channels = self.model.denoiser.trunk.edge_channels
        call = _CALL if self.device.type == "cpu" else _CALL_ON_GPU
        limits = cheapest_groups(size.tolist(), count.tolist(), call / channels)
        group = torch.bucketize(size, torch.tensor(limits, device=self.device))
        return [rows[group == i] for i in range(len(limits))]

    def _shape(self, room: int, width: int) -> tuple[int, int]:
        """The padded numbers of finished nodes and of nodes of a block."""
        return room, width

    def _append(
        self, slots: Slots, rows: Tensor, part: Slots, node: Tensor, edge: Tensor, mask: Tensor
    ) -> None:
        """Writes blocks behind the graphs of some rows, of which ``part`` is a copy."""
        width, room = mask.size(1), edge.size(2) - mask.size(1)
        place = part.count.unsqueeze(1) + torch.arange(width, device=self.device)
        place = torch.where(mask, place, self.max_nodes)  # The last place takes what is not there.
        kept = torch.arange(room, device=self.device)
        # No place occurs twice, because the order of writes is undefined.
        kept = torch.where(part.denoiser.block_id >= 0, kept, self.max_nodes)
        others = torch.cat([kept, place], dim=1)
        a, b, c = rows.view(-1, 1, 1), place.unsqueeze(2), others.unsqueeze(1)
        slots.node[rows.unsqueeze(1), place] = node
        slots.edge[a, b, c] = edge
        slots.edge[a, c, b] = edge
        slots.node[:, -1], slots.edge[:, -1], slots.edge[:, :, -1] = 0, 0, 0

        # Masked entries keep their class, which is never read.
        self._keep(slots, rows, part, Block(node, edge, mask, part.degree))
        self.report.blocks += int(mask.any(1).sum())

    def _keep(self, slots: Slots, rows: Tensor, part: Slots, block: Block) -> None:
        """Updates the caches of the networks with finished blocks."""
        model, mask = self.model, block.mask
        features, layers, ends = model.denoiser.append(part.denoiser, block)
        slots.denoiser.append(layers, ends, mask, rows)
        if slots.predictor is not None and model.predictor is not None:
            assert part.predictor is not None
            features, layers, ends = model.predictor.append(part.predictor, block)
            slots.predictor.append(layers, ends, mask, rows)
        pooled = model.size_head.pooling(features)
        slots.state[rows] += torch.where(mask.unsqueeze(2), pooled, 0).sum(1)

    def _next(self, slots: Slots, rows: Tensor) -> None:
        """Draws the size and degree of the next block of some graphs; size 0 ends a graph."""
        head = self.model.size_head
        logits = head.size(slots.state).double()
        sizes = torch.arange(logits.size(-1), device=self.device)
        count = slots.count.unsqueeze(1)
        ruled_out = (sizes > self.max_nodes - count) | ((sizes == 0) & (count < self.min_nodes))
        weight = logits.masked_fill(ruled_out, -torch.inf).softmax(-1)
        size = draw(weight, self.noise.uniform(SIZE, slots.number, slots.block))
        over = slots.block >= self.max_blocks
        self.report.capped += int((rows & over & (size > 0)).sum())
        size = torch.where(over, 0, size)
        slots.size = torch.where(rows, size, slots.size)
        if self.model.max_degree > 0:
            degree = self._draw_degree(head.degree(slots.state, size), slots.number, slots.block)
            slots.degree = torch.where(rows, degree, slots.degree)

    def _draw_degree(self, logits: Tensor, number: Tensor, block: Tensor | int) -> Tensor:
        return draw(logits.double().softmax(-1), self.noise.uniform(DEGREE, number, block))

    def _finished(self, slots: Slots) -> list[tuple[int, Data]]:
        """Removes finished graphs from their rows and returns them."""
        rows = ((slots.number >= 0) & (slots.size == 0)).nonzero().view(-1)
        if rows.numel() == 0:
            return []
        block_id = slots.denoiser.block_id[rows, :-1]
        node, edge = slots.node[rows, :-1], slots.edge[rows, :-1, :-1]
        graphs = BlockGraphs.from_dense(node, edge, block_id).to("cpu").to_data_list()
        numbers = slots.number[rows].tolist()
        slots.number[rows] = -1
        self.report.graphs += len(numbers)
        return list(zip(numbers, graphs, strict=True))

    def _compact(self, slots: Slots) -> Slots:
        """Drops free rows once most rows are free and no graph is waiting."""
        active = (slots.number >= 0).nonzero().view(-1)
        if 2 * active.numel() > slots.number.numel():
            return slots
        return slots.select(active)
