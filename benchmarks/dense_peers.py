"""Padded peers of the ragged layers, written the way public codes of these networks are.

Sets are padded to the largest, every map of the basis is built in full, and one matrix takes the
stack of all maps to the output. Results equal those of ``pyg_symm`` with the same weights.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import Batch
from torch_geometric.utils import to_dense_adj, to_dense_batch

from pyg_symm.groups.tuples import Tuples
from pyg_symm.nn import MixedOrderLinear, SPENConv

# The maps to each order: where they put what. X, D, R and C stand for pairs, the diagonal, row and
# column means; d and a for the means of the diagonal and of all pairs; x, xbar and s for nodes,
# their mean and the whole set.
MAPS = {
    0: [("set", "d"), ("set", "a"), ("set", "xbar"), ("set", "s")],
    1: [("node", source) for source in ("D", "d", "R", "C", "a", "x", "xbar", "s")],
    2: [
        *(("diagonal", source) for source in ("D", "d", "R", "C", "a")),
        *(("row", "C"), ("row", "R"), ("col", "C"), ("col", "R"), ("pair", "X"), ("swap", "X")),
        *(("row", "D"), ("col", "D"), ("all", "d"), ("all", "a")),
        *(("diagonal", "x"), ("diagonal", "xbar"), ("row", "x"), ("col", "x"), ("all", "xbar")),
        *(("all", "s"), ("diagonal", "s")),
    ],
}

# From sources of [B, 1 or M, F], or [B, M, M, F] for pairs, to the shape of the output.
PLACES: dict[str, Callable[[Tensor, int], Tensor]] = {
    "set": lambda x, m: x,
    "node": lambda x, m: x.expand(-1, m, -1),
    "row": lambda x, m: x.unsqueeze(2).expand(-1, -1, m, -1),
    "col": lambda x, m: x.unsqueeze(1).expand(-1, m, -1, -1),
    "all": lambda x, m: x.unsqueeze(1).expand(-1, m, m, -1),
    "diagonal": lambda x, m: torch.diag_embed(x.expand(-1, m, -1).mT, dim1=1, dim2=2),
    "pair": lambda x, m: x,
    "swap": lambda x, m: x.transpose(1, 2),
}


class DenseMaps(torch.nn.Module):
    r"""The maps of :class:`~pyg_symm.nn.MixedOrderLinear` on padded sets, with its weights.

    Args:
        lin (MixedOrderLinear): The layer whose weights to take.

    Shapes:
        - **input:** order 0 :math:`(B, c_0)`, order 1 :math:`(B, M, c_1)`, order 2
          :math:`(B, M, M, c_2)`, zero where there is no node; a mask of the nodes :math:`(B, M)`
        - **output:** likewise
    """

    def __init__(self, lin: MixedOrderLinear) -> None:
        super().__init__()
        if lin.aggr != "mean":
            raise ValueError(f"'lin' must pool by means (got '{lin.aggr}')")
        blocks = _blocks(lin)
        self.channels = lin.out_channels
        self.maps = {q: [key for key in maps if key in blocks] for q, maps in MAPS.items()}
        self.weights = torch.nn.ParameterDict(
            {
                str(q): torch.cat([blocks[key] for key in maps], dim=1).detach().clone()
                for q, maps in self.maps.items()
                if maps
            }
        )
        d0, d1, d2 = self.channels
        bias = torch.zeros(2 * d2 + d1 + d0) if lin.bias is None else lin.bias
        self.bias = torch.nn.Parameter(bias.detach().clone())

    def forward(self, xs: Tuples, mask: Tensor) -> Tuples:
        sources = _sources(xs, mask)
        d0, d1, d2 = self.channels
        everywhere, diagonal, one, zero = self.bias.split([d2, d2, d1, d0])
        out: list[Tensor | None] = [None, None, None]
        if d0 > 0:
            out[0] = self._mix(sources, 0, mask).squeeze(1) + zero
        if d1 > 0:
            out[1] = (self._mix(sources, 1, mask) + one) * mask.unsqueeze(-1)
        if d2 > 0:
            eye = torch.eye(mask.size(1), dtype=diagonal.dtype, device=mask.device).unsqueeze(-1)
            pairs = mask.unsqueeze(2) & mask.unsqueeze(1)
            out[2] = self._mix(sources, 2, mask) + (everywhere + eye * diagonal)
            out[2] = out[2] * pairs.unsqueeze(-1)
        return out[0], out[1], out[2]

    def _mix(self, sources: dict[str, Tensor], order: int, mask: Tensor) -> Tensor:
        placed = [PLACES[place](sources[key], mask.size(1)) for place, key in self.maps[order]]
        return F.linear(torch.cat(placed, dim=-1), self.weights[str(order)])


def _blocks(lin: MixedOrderLinear) -> dict[tuple[str, str], Tensor]:
    """The matrix of each map in the weights of a ragged layer."""
    (c0, c1, c2), (d0, d1, d2) = lin.in_channels, lin.out_channels
    levels: list[tuple[Tensor | None, dict[str, int], dict[str, int]]] = [
        (lin.weight_pairs, {"pair": d2, "swap": d2}, {"X": c2}),
        (
            lin.weight_nodes,
            {"row": d2, "diagonal": d2, "node": d1, "col": d2},
            {"D": c2, "R": c2, "x": c1, "C": c2},
        ),
        (
            lin.weight_sets,
            {"all": d2, "diagonal": d2, "node": d1, "set": d0},
            {"d": c2, "a": c2, "xbar": c1, "s": c0},
        ),
    ]
    return {
        (place, key): block
        for weight, places, keys in levels
        if weight is not None
        for place, rows in zip(places, weight.split(list(places.values())), strict=True)
        for key, block in zip(keys, rows.split(list(keys.values()), dim=1), strict=True)
        if block.numel() > 0
    }


def _sources(xs: Tuples, mask: Tensor) -> dict[str, Tensor]:
    """All that is put somewhere."""
    x0, x1, x2 = xs
    size = mask.sum(dim=1).clamp(min=1).view(-1, 1, 1)
    sources = {}
    if x2 is not None:
        diagonal = x2.diagonal(dim1=1, dim2=2).mT
        row, col = x2.sum(dim=2) / size, x2.sum(dim=1) / size
        sources |= {"X": x2, "D": diagonal, "R": row, "C": col}
        sources |= {"d": diagonal.sum(1, True) / size, "a": row.sum(1, True) / size}
    if x1 is not None:
        sources |= {"x": x1, "xbar": x1.sum(1, True) / size}
    if x0 is not None:
        sources["s"] = x0.unsqueeze(1)
    return sources


class PaddedGraphs(torch.nn.Module):
    """Layers of order 1 and 2 on whole graphs, padded to the largest of a batch.

    Args:
        lins (Iterable): The ragged layers whose weights to take.
    """

    def __init__(self, lins: Iterable[MixedOrderLinear]) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(DenseMaps(lin) for lin in lins)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        one, mask = to_dense_batch(batch.x, batch.batch)
        two = to_dense_adj(batch.edge_index, batch.batch).unsqueeze(-1)
        for layer in self.layers:
            _, one, two = layer((None, one, two), mask)
            one, two = F.elu(one), F.elu(two)
        return one, two


class PaddedEgos(torch.nn.Module):
    """Layers of order 1 and 2 on ego-networks, padded to the largest of a batch, that exchange.

    Args:
        convs (Iterable): The ragged layers whose weights to take, with their default merge.
    """

    def __init__(self, convs: Iterable[SPENConv]) -> None:
        super().__init__()
        convs = list(convs)
        self.num_hops = convs[0].num_hops
        self.layers = torch.nn.ModuleList(DenseMaps(conv.lin) for conv in convs)
        self.merges = torch.nn.ModuleList(
            torch.nn.ModuleList(_Merge(conv.merges[order].lin.weight) for order in "12")
            for conv in convs
        )

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        owner, num_egos = batch.n_sub_batch, batch.root.numel()
        one, mask = to_dense_batch(batch.x[batch.n_id], owner, batch_size=num_egos)
        two = to_dense_adj(batch.sub_edge_index, owner, batch_size=num_egos).unsqueeze(-1)
        hop = F.one_hot(batch.hop, self.num_hops + 1).to(one.dtype)
        marks, _ = to_dense_batch(hop, owner, batch_size=num_egos)
        size = mask.sum(dim=1, keepdim=True).to(one.dtype)
        zero = torch.cat([size.log(), 1 / size], dim=-1)
        nodes, pairs = self._same(batch, mask)
        for layer, (merge_nodes, merge_pairs) in zip(self.layers, self.merges, strict=True):
            _, one, two = layer((zero, torch.cat([one, marks], dim=-1), two), mask)
            one, two = merge_nodes(F.elu(one), nodes), merge_pairs(F.elu(two), pairs)
        return one, two

    @staticmethod
    def _same(batch: Batch, mask: Tensor) -> tuple["_Same", "_Same"]:
        """What nodes and pairs of ego-networks stand for."""
        num_pairs = batch.pair_count.numel()
        pair = torch.empty_like(batch.pair_order)
        pair[batch.pair_order] = torch.arange(num_pairs, device=pair.device).repeat_interleave(
            batch.pair_count
        )
        weight = None
        if "ego_id" in batch:
            weight = torch.bincount(batch.ego_id, minlength=mask.size(0)).to(batch.x.dtype)
        pair_mask = mask.unsqueeze(2) & mask.unsqueeze(1)
        return (
            _Same.of(batch.n_id, batch.num_nodes, mask, weight),
            _Same.of(pair, num_pairs, pair_mask, weight),
        )


class _Same(NamedTuple):
    """What padded rows stand for, one thing more for rows of padding, and how many stand for it.

    If nodes share ego-networks, rows count as often as there are nodes that share theirs.
    """

    key: Tensor
    count: Tensor
    weight: Tensor | None

    @classmethod
    def of(cls, found: Tensor, num: int, mask: Tensor, weight: Tensor | None) -> "_Same":
        key = found.new_full(mask.shape, num).masked_scatter(mask, found).view(-1)
        if weight is not None:
            weight = weight.repeat_interleave(mask[0].numel())
        count = torch.bincount(key, weight, minlength=num + 1)[:-1]
        return cls(key, count.unsqueeze(-1), weight)


class _Merge(torch.nn.Module):
    """Means over the rows that stand for the same thing, added to these rows by a matrix."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(weight.detach().clone())

    def forward(self, x: Tensor, same: _Same) -> Tensor:
        rows = x.flatten(0, -2)
        summed = rows if same.weight is None else rows * same.weight.unsqueeze(-1)
        count = same.count.to(x.dtype)
        total = rows.new_zeros(count.size(0) + 1, rows.size(1)).index_add(0, same.key, summed)
        seen = torch.cat([total[:-1] / count.clamp(min=1), count.log1p()], dim=-1)
        merged = F.pad(F.linear(seen, self.weight), (0, 0, 0, 1))  # Padding is handed zeros.
        return x + merged.index_select(0, same.key).view_as(x)
