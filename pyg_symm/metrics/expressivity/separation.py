"""Whether a network with random weights tells two graphs apart."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data

from .pairs import GraphPair

Build = Callable[[], torch.nn.Module]
Transform = Callable[[Data], Data]


class OnData(torch.nn.Module):
    r"""Calls a network of PyG's usual arguments with a :class:`~torch_geometric.data.Data`.

    Args:
        model (torch.nn.Module): Called as ``model(data.x, data.edge_index, batch=data.batch)``.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, data: Data) -> Tensor:
        """"""  # noqa: D419
        return self.model(data.x, data.edge_index, batch=data.batch)


#: A gap counts if it is more than this many times the round-off. Between two different graphs, the
#: round-off was found to be up to four times that between relabelled copies.
NOISE_FACTOR = 100.0

# Copies of each graph that are read to measure the round-off.
_NUM_COPIES = 2
_EPSILON = torch.finfo(torch.double).eps
# A network that loses half of the digits of float64 between two copies is not invariant.
_LARGEST_NOISE = _EPSILON**0.5


@dataclass(frozen=True)
class Separation:
    r"""How far apart a network holds the graphs of a pair.

    Args:
        gaps (tuple[float]): For every seed, the relative gap between the read-outs of the two
            graphs.
        noises (tuple[float]): For every seed, the largest gap between one of the graphs and a
            relabelled copy of it: round-off.
        threshold (float, optional): The gap above which the graphs count as told apart.
            (default: :data:`NOISE_FACTOR` times the largest noise, or times :math:`2^{-52}` if the
            noise is smaller)

    Examples:
        >>> print(Separation(gaps=(5.7e-7, 1.1e-7), noises=(3.6e-16, 2.2e-16)))
        separated (gap 5.7e-07, noise 3.6e-16)
    """

    gaps: tuple[float, ...]
    noises: tuple[float, ...]
    threshold: float | None = None

    @property
    def gap(self) -> float:
        """The largest gap over the seeds."""
        return max(self.gaps)

    @property
    def noise(self) -> float:
        """The largest round-off over the seeds."""
        return max(self.noises)

    @property
    def limit(self) -> float:
        """The gap above which graphs count as told apart."""
        if self.threshold is not None:
            return self.threshold
        return NOISE_FACTOR * max(self.noise, _EPSILON)

    @property
    def is_separated(self) -> bool:
        """Whether weights are found that tell the graphs apart; one seed proves that."""
        return self.gap > self.limit

    def __str__(self) -> str:
        answer = "separated" if self.is_separated else "not separated"
        return f"{answer} (gap {self.gap:.1e}, noise {self.noise:.1e})"


def relabelled(data: Data, generator: torch.Generator) -> Data:
    r"""The same graph with its nodes, and its list of edges, in a random order.

    Args:
        data (Data): A graph.
        generator (torch.Generator): Source of randomness.
    """
    perm = torch.randperm(int(data.num_nodes or 0), generator=generator)
    shuffle = torch.randperm(data.num_edges, generator=generator)
    out = copy.copy(data)
    for key, value in data.items():
        if key == "edge_index":
            out[key] = perm.argsort()[value[:, shuffle]]
        elif isinstance(value, Tensor) and data.is_node_attr(key):
            out[key] = value[perm]
        elif isinstance(value, Tensor) and data.is_edge_attr(key):
            out[key] = value[shuffle]
    return out


def separation(
    build_model: Build,
    pair: GraphPair,
    seeds: Sequence[int] = (0, 1, 2),
    transform: Transform | None = None,
    threshold: float | None = None,
) -> Separation:
    r"""The relative gap between a network's read-outs of two graphs, for random weights.

    .. math::
        \frac{\max |f(G) - f(H)|}{\max(\max |f(G)|, \max |f(H)|)}

    All is computed in float64. Round-off is measured by the gaps between each graph and relabelled
    copies of it, some :math:`10^{-15}`; graphs are told apart if their gap is more than
    :data:`NOISE_FACTOR` times as large. Each graph is evaluated alone, in evaluation mode; no
    random state of the caller changes.

    Args:
        build_model (Callable): Builds a network with random weights. It is called as
            ``model(data)`` with a batch of one graph and returns its read-out; see
            :class:`OnData`.
        pair (GraphPair): The graphs.
        seeds (list[int], optional): A network is built from each. (default: :obj:`(0, 1, 2)`)
        transform (Callable, optional): Applied to each graph before. (default: :obj:`None`)
        threshold (float, optional): The gap above which the graphs count as told apart, whatever
            the round-off. (default: that of the pair, if it has one)

    Raises:
        ValueError: If the network is not invariant: if relabelled copies of a graph differ by more
            than :obj:`threshold`, or by more than half of the digits of float64.

    Examples:
        >>> from pyg_symm.metrics import PAIRS
        >>> from pyg_symm.nn.models import AggregatorGIN
        >>> pair = PAIRS["C6 / 2 C3"]()
        >>> separation(lambda: OnData(AggregatorGIN(1, 8, 3, 4)), pair).is_separated
        False
    """
    if threshold is not None:
        pair = replace(pair, threshold=threshold)
    return separations(build_model, [pair], seeds, transform)[0]


def separations(
    build_model: Build,
    pairs: Sequence[GraphPair],
    seeds: Sequence[int] = (0, 1, 2),
    transform: Transform | None = None,
) -> list[Separation]:
    r"""What :func:`separation` gives for each of several pairs.

    A network is built once for every seed, and reads each graph once, also if several pairs share
    it.

    Args:
        build_model (Callable): Builds a network with random weights.
        pairs (list[GraphPair]): The pairs.
        seeds (list[int], optional): A network is built from each. (default: :obj:`(0, 1, 2)`)
        transform (Callable, optional): Applied to each graph before. (default: :obj:`None`)
    """
    if len(seeds) == 0:
        raise ValueError(f"'seeds' must not be empty (got {seeds})")
    found = [_gaps_and_noises(build_model, pairs, seed, transform) for seed in seeds]
    out = []
    for pair, per_seed in zip(pairs, zip(*found, strict=True), strict=True):
        gaps, noises = zip(*per_seed, strict=True)
        allowed = _LARGEST_NOISE if pair.threshold is None else pair.threshold
        if max(noises) > allowed:
            raise ValueError(
                f"'build_model' must build networks that are invariant to the order of nodes (got "
                f"gaps of {noises} to relabelled copies, '{pair.name}')"
            )
        out.append(Separation(gaps, noises, pair.threshold))
    return out


@torch.no_grad()
def _gaps_and_noises(
    build_model: Build, pairs: Sequence[GraphPair], seed: int, transform: Transform | None
) -> list[tuple[float, float]]:
    generator = torch.Generator().manual_seed(seed)
    graphs = {id(graph): graph for pair in pairs for graph in (pair.one, pair.other)}
    copies = {
        key: [relabelled(graph, generator) for _ in range(_NUM_COPIES)]
        for key, graph in graphs.items()
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build_model().double().eval()
        read = {key: _read_out(model, graph, transform) for key, graph in graphs.items()}
        noise = {
            key: max(_relative_gap(read[key], _read_out(model, copy, transform)) for copy in same)
            for key, same in copies.items()
        }
    return [
        (
            _relative_gap(read[id(pair.one)], read[id(pair.other)]),
            max(noise[id(pair.one)], noise[id(pair.other)]),
        )
        for pair in pairs
    ]


def _read_out(model: torch.nn.Module, data: Data, transform: Transform | None) -> Tensor:
    data = copy.copy(data)
    batch = Batch.from_data_list([data if transform is None else transform(data)])
    out = model(batch.apply(lambda a: a.double() if a.is_floating_point() else a))
    if not bool(out.isfinite().all()):
        raise ValueError(f"'build_model' must build networks of finite read-outs (got {out})")
    return out


def _relative_gap(one: Tensor, other: Tensor) -> float:
    scale = max(one.abs().max().item(), other.abs().max().item())
    return (one - other).abs().max().item() / scale if scale > 0 else 0.0
