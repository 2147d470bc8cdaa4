"""Block-by-block sampling: many graphs at once, each at its own block."""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Data

from pyg_symm.diffusion import DiscreteDiffusion, Noise, draw, symmetric
from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import Block, Prefix

from .constraints import Constraints
from .slots import SampleReport, Slots, cheapest_groups

if TYPE_CHECKING:
    from .pard import PARD

# What a step costs whatever its size, in pairs times their channels: measured on one CPU core.
_CALL = 16_000
_CALL_ON_GPU = 5_000_000

# What random numbers are for: the first of their keys, so that no two purposes share any.
_SIZE, _DEGREE, _NODE, _EDGE = range(4)


class BlockSampler:
    r"""Generates graphs block by block.

    All graphs at hand take the steps of a block together; then each gets its next block, or ends
    and makes room for another graph. Finished blocks are computed once. Random numbers depend on
    the number of a graph and not on those beside it.

    Args:
        model (PARD): The generator; of it, ``denoiser``, ``predictor``, ``nodes`` and ``edges``.
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
        model: "PARD",
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
        self.model = model
        self.noise = noise
        self.batch_size = batch_size
        self.max_nodes = max_nodes
        self.max_blocks = max_blocks
        self.steps = steps
        self.temperature = temperature
        self.device = model.first_size.device
        self.constraints = (constraints or Constraints()).to(self.device)
        self.start = start
        self.min_nodes = min_nodes
        self.report = SampleReport()

    @torch.no_grad()
    def sample(self, numbers: range, progress: Callable[[int], object] | None = None) -> list[Data]:
        r"""Generates the graphs of some numbers, in this order.

        Args:
            numbers (range): The numbers; the same ones give the same graphs.
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
        """Rows for so many graphs."""
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
        """Begins graphs in free rows; whether there is anything to do."""
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
        """The first block of new graphs, or the blocks that are given and the next."""
        if self.start is not None:
            slots.write(rows, self._given)
            new = torch.zeros_like(slots.number, dtype=torch.bool)
            new[rows] = True
            self._next(slots, new)
            return
        weight = self.model.first_size.clone()
        weight[self.max_nodes + 1 :] = 0
        size = draw(
            weight.expand(rows.numel(), -1), self.noise.uniform(_SIZE, slots.number[rows], 0)
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
        """Denoises the present block of every graph, and gives it the next."""
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
        """Rows to denoise together: blocks of about the same size, as each costs the largest."""
        rows = ((slots.number >= 0) & (slots.size > 0)).nonzero().view(-1)
        size, count = slots.size[rows], slots.count[rows]
        channels = self.model.denoiser.trunk.edge_channels
        call = _CALL if self.device.type == "cpu" else _CALL_ON_GPU
        limits = cheapest_groups(size.tolist(), count.tolist(), call / channels)
        group = torch.bucketize(size, torch.tensor(limits, device=self.device))
        return [rows[group == i] for i in range(len(limits))]

    def _shape(self, room: int, width: int) -> tuple[int, int]:
        """Places for finished nodes and for those of a block, at least as many as asked for."""
        return room, width

    def _denoise(self, slots: Slots, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Classes of a block of each graph, and of its pairs."""
        model, prefix = self.model, slots.denoiser
        room = prefix.block_id.size(1)
        place, kept = slots.count.unsqueeze(1), torch.arange(room, device=self.device)
        place = place + torch.arange(mask.size(1), device=self.device)
        others = torch.cat([kept.expand(place.size(0), -1), place], dim=1)
        present = torch.cat([prefix.block_id >= 0, mask], dim=1)
        pair = mask.unsqueeze(2) & present.unsqueeze(1)
        pair &= place.unsqueeze(2) != others.unsqueeze(1)
        # One key a pair, whichever of its nodes comes first.
        later = torch.maximum(place.unsqueeze(2), others.unsqueeze(1))
        first = torch.minimum(place.unsqueeze(2), others.unsqueeze(1))
        turn = slots.block * (self.constraints.max_redraws + 1) + slots.attempt
        keys = slots.number.view(-1, 1), turn.view(-1, 1)
        allowed = self._allowed(slots, mask.size(1))

        noises = self._noises(keys, place, later, first)
        node_noise, edge_noise = next(noises)
        node = model.nodes.draw_prior(node_noise) * mask
        edge = model.edges.draw_prior(edge_noise) * pair
        for t, s in zip(self.steps[:-1], self.steps[1:], strict=True):
            time = torch.full_like(slots.count, t)
            block = Block(node, edge, mask, slots.degree)
            node_logits, edge_logits = self._logits(slots, prefix, block, time / model.num_steps)
            node_noise, edge_noise = next(noises)
            node = self._draw(model.nodes, node_logits, node, s, t, node_noise) * mask
            edge = self._draw(model.edges, edge_logits, edge, s, t, edge_noise, allowed) * pair
            # Both directions within the block come from equal numbers, but for rounding.
            edge = torch.cat([edge[:, :, :room], symmetric(edge[:, :, room:])], dim=2)
            self.report.calls += 1
        self.report.steps += (len(self.steps) - 1) * int(mask.any(1).sum())
        return node, edge

    def _noises(
        self, keys: tuple[Tensor, Tensor], place: Tensor, later: Tensor, first: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Uniform numbers of nodes and pairs for the noise at first, then for every step."""
        steps = torch.tensor([self.steps[0] + 1, *self.steps[:-1]], device=self.device)
        pairs = [key.unsqueeze(2) for key in keys]
        # Many steps at a time: what they cost is calls, not numbers.
        for t in steps.split(max(1, 2**20 // later.numel())):
            node = self.noise.uniform(_NODE, *keys, t.view(-1, 1, 1), place)
            edge = self.noise.uniform(_EDGE, *pairs, t.view(-1, 1, 1, 1), later, first)
            yield from zip(node, edge, strict=True)

    def _logits(
        self, slots: Slots, prefix: Prefix, block: Block, time: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of a noisy block of each graph, behind its finished ones."""
        return self.model.denoiser.step(prefix, block, time)

    def _draw(
        self,
        diffusion: DiscreteDiffusion,
        logits: Tensor,
        x_t: Tensor,
        s: int,
        t: int,
        uniform: Tensor,
        allowed: Tensor | None = None,
    ) -> Tensor:
        """Draws earlier classes from the reverse kernel."""
        # Not in half precision, whatever the network computes in.
        logits = (logits if logits.dtype == torch.double else logits.float()) / self.temperature
        if allowed is not None:
            logits = logits.masked_fill(~allowed, -1e9)
        if s == 0 and self.model.config.virtual_class:
            # Noise has a class of its own, which nothing may end in.
            logits = F.pad(logits[..., :-1], (0, 1), value=-1e9)
        probs = logits.softmax(-1)
        if s > 0:
            probs = diffusion.reverse(probs, x_t, torch.tensor(s), torch.tensor(t))
        return draw(probs, uniform)

    def _allowed(self, slots: Slots, width: int) -> Tensor | None:
        config = self.model.config
        allowed = self.constraints.allowed(
            slots.node, slots.edge, config.statistics.num_edge_classes
        )
        if allowed is None:
            return None
        # Noise may take on its own class, and pairs within the block are judged at its end.
        extra = int(config.virtual_class)
        return F.pad(
            F.pad(allowed, (0, extra), value=True), (0, 0, 0, width), value=True
        ).unsqueeze(1)

    def _check(self, slots: Slots, node: Tensor, edge: Tensor, mask: Tensor) -> Tensor:
        """Which blocks are taken."""
        if not self.constraints.any:
            return torch.ones_like(slots.number, dtype=torch.bool)
        good = self.constraints.hold(node, edge, mask, slots.degree, (slots.node, slots.edge))
        last = slots.attempt >= self.constraints.max_redraws
        self.report.unmet += int((~good & last).sum())
        self.report.redraws += int((~good & ~last).sum())
        return good | last

    def _append(
        self, slots: Slots, rows: Tensor, part: Slots, node: Tensor, edge: Tensor, mask: Tensor
    ) -> None:
        """Writes blocks behind the graphs of some rows, of which ``part`` is a copy."""
        width, room = mask.size(1), edge.size(2) - mask.size(1)
        place = part.count.unsqueeze(1) + torch.arange(width, device=self.device)
        place = torch.where(mask, place, self.max_nodes)  # The last place takes what is not there.
        kept = torch.arange(room, device=self.device)
        # No place twice, of which either could win: a block is where nothing was before it.
        kept = torch.where(part.denoiser.block_id >= 0, kept, self.max_nodes)
        others = torch.cat([kept, place], dim=1)
        a, b, c = rows.view(-1, 1, 1), place.unsqueeze(2), others.unsqueeze(1)
        slots.node[rows.unsqueeze(1), place] = node
        slots.edge[a, b, c] = edge
        slots.edge[a, c, b] = edge
        slots.node[:, -1], slots.edge[:, -1], slots.edge[:, :, -1] = 0, 0, 0

        # What stays masked keeps the class it has, which nothing reads.
        self._keep(slots, rows, part, Block(node, edge, mask, part.degree))
        self.report.blocks += int(mask.any(1).sum())

    def _keep(self, slots: Slots, rows: Tensor, part: Slots, block: Block) -> None:
        """Computes what networks keep of finished blocks."""
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
        """Draws what follows, for some graphs; a size of 0 ends them."""
        head = self.model.size_head
        logits = head.size(slots.state).double()
        sizes = torch.arange(logits.size(-1), device=self.device)
        count = slots.count.unsqueeze(1)
        ruled_out = (sizes > self.max_nodes - count) | ((sizes == 0) & (count < self.min_nodes))
        weight = logits.masked_fill(ruled_out, -torch.inf).softmax(-1)
        size = draw(weight, self.noise.uniform(_SIZE, slots.number, slots.block))
        over = slots.block >= self.max_blocks
        self.report.capped += int((rows & over & (size > 0)).sum())
        size = torch.where(over, 0, size)
        slots.size = torch.where(rows, size, slots.size)
        if self.model.max_degree > 0:
            degree = self._draw_degree(head.degree(slots.state, size), slots.number, slots.block)
            slots.degree = torch.where(rows, degree, slots.degree)

    def _draw_degree(self, logits: Tensor, number: Tensor, block: Tensor | int) -> Tensor:
        return draw(logits.double().softmax(-1), self.noise.uniform(_DEGREE, number, block))

    def _finished(self, slots: Slots) -> list[tuple[int, Data]]:
        """Takes the graphs that have ended out of their rows."""
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
        """Drops free rows once they are the larger part: nothing is waiting for them."""
        active = (slots.number >= 0).nonzero().view(-1)
        if 2 * active.numel() > slots.number.numel():
            return slots
        return slots.select(active)
