"""Does a layer have the symmetry that it states?

Test in float64: there, a wrong sign or a leaking pad stands out from round-off.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .arguments import Sizes, alone, check_inputs, count_graphs, move, on_graph, takes, takes_third
from .results import Reading, Results, same

Layer = Callable[..., Any]


@torch.no_grad()
def assert_invariant(
    layer: Layer,
    x: Tensor,
    index: Tensor | None = None,
    edge_index: Tensor | None = None,
    *,
    num_samples: int = 5,
    tol: float | None = None,
    generator: torch.Generator | None = None,
    **kwargs: Any,
) -> None:
    r"""Asserts that permuting the elements of sets, or the nodes of graphs, leaves the result
    unchanged.

    .. math::
        f(\mathbf{x}_{\pi(1)}, \ldots, \mathbf{x}_{\pi(n)}) = f(\mathbf{x}_1, \ldots, \mathbf{x}_n)

    Keyword arguments with one row per element or edge are permuted in the same way.

    Args:
        layer (Callable): Called as ``layer(x, index, **kwargs)`` on sets. On graphs, it is called
            as ``layer(x, edge_index, **kwargs)``, with :obj:`index` as ``batch`` if that is given.
        x (torch.Tensor): The elements, or the nodes :math:`(E, F)`.
        index (torch.Tensor, optional): The set of each element, or the graph of each node
            :math:`(E)`; edges of shape :math:`(2, *)` are taken for :obj:`edge_index`.
            (default: one set)
        edge_index (torch.Tensor, optional): Edges :math:`(2, *)`. (default: sets)
        num_samples (int, optional): The number of permutations. (default: :obj:`5`)
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        generator (torch.Generator, optional): Source of permutations. (default: seed zero)
        **kwargs (optional): Further arguments of the layer.

    Raises:
        AssertionError: If a permutation changes the result, or the result is NaN everywhere.
        ValueError: If ``num_samples`` or ``tol`` is out of range, or it is not clear how to permute
            an argument, or to compare a result.

    Examples:
        >>> from torch_geometric.nn import SumAggregation, global_add_pool
        >>> x = torch.randn(8, 3, dtype=torch.double)
        >>> assert_invariant(SumAggregation(), x)
        >>> edge_index = torch.tensor([[0, 1, 2], [1, 2, 0]])
        >>> assert_invariant(lambda x, edge_index: x[edge_index].prod(0).sum(), x, edge_index)
    """
    if edge_index is None and isinstance(index, Tensor) and index.dim() == 2:
        index, edge_index = None, index
    check_inputs(x, edge_index, index)
    check_sizes(1, num_samples=num_samples)  # Zero would check nothing.
    generator = _generator(generator)
    if edge_index is not None:
        if index is not None:
            layer, kwargs = _with_batch(layer, index, kwargs)
        calls = _relabelled(layer, x, edge_index, None, num_samples, generator, kwargs)
        results = Results(next(calls)[0], tol=tol)
        for i, (out, _) in enumerate(calls):
            results.check(out, f"relabelling {i} of the nodes changes the result")
        return
    index = x.new_zeros(x.size(0), dtype=torch.long) if index is None else index
    sizes = Sizes(x.size(0), None, count_graphs(index, kwargs))
    move(kwargs, sizes)
    results = Results(layer(x, index, **kwargs), tol=tol)
    for i in range(num_samples):
        perm = _randperm(x.size(0), generator, x.device)
        moved = move(kwargs, sizes, **_picks(perm))
        out = layer(x[perm], index[perm], **moved)
        results.check(out, f"permutation {i} of the elements changes the result")


@torch.no_grad()
def assert_equivariant(
    layer: Layer,
    x: Tensor,
    edge_index: Tensor,
    edge_attr: Tensor | None = None,
    *,
    num_samples: int = 5,
    tol: float | None = None,
    generator: torch.Generator | None = None,
    **kwargs: Any,
) -> None:
    r"""Asserts that relabelling the nodes permutes the result in the same way.

    Edges are listed in another order at the same time: their order carries no meaning either.

    .. math::
        f(\mathbf{P} \mathbf{X}, \mathbf{P} \mathbf{A} \mathbf{P}^{\top}) =
        \mathbf{P} f(\mathbf{X}, \mathbf{A})

    Each tensor of the result has one row per node or edge, which must be permuted, one row per
    graph, which must be unchanged, or rows and columns for all pairs of nodes. The result may be a
    tuple, list or dictionary. Keyword arguments with one row per node or edge are permuted in the
    same way; nodes stay in the order of their graphs if ``batch`` is sorted.

    Args:
        layer (Callable): Called as ``layer(x, edge_index, **kwargs)``, or with ``edge_index`` by
            its name if another argument, such as ``pos``, stands before it. If :obj:`edge_attr`
            is given, it is passed by its name, or behind :obj:`edge_index` to layers without an
            argument of this name.
        x (torch.Tensor): Node features :math:`(N, F)`.
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        edge_attr (torch.Tensor, optional): Edge features :math:`(E, *)`.
        num_samples (int, optional): The number of permutations. (default: :obj:`5`)
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        generator (torch.Generator, optional): Source of permutations. (default: seed zero)
        **kwargs (optional): Further arguments of the layer, such as ``edge_weight`` or ``batch``.

    Raises:
        AssertionError: If the result is not permuted with the nodes, or is NaN everywhere.
        ValueError: If ``num_samples`` or ``tol`` is out of range, or it is not clear how to permute
            an argument, or to compare a result.

    Examples:
        >>> from torch_geometric.nn import GCNConv
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> conv, x = GCNConv(4, 4).double(), torch.randn(3, 4).double()
        >>> assert_equivariant(conv, x, edge_index)
        >>> assert_equivariant(conv, x, edge_index, edge_weight=torch.rand(4).double())
    """
    check_inputs(x, edge_index)
    check_sizes(1, num_samples=num_samples)
    calls = _relabelled(layer, x, edge_index, edge_attr, num_samples, _generator(generator), kwargs)
    sizes = Sizes(x.size(0), edge_index.size(1), count_graphs(kwargs.get("batch"), kwargs))
    results = Results(next(calls)[0], sizes, tol)
    for i, (out, moves) in enumerate(calls):
        results.check(out, f"relabelling {i} of the nodes is not followed", moves)


@torch.no_grad()
def assert_batch_independent(
    layer: Layer,
    x: Tensor,
    index: Tensor,
    edge_index: Tensor | None = None,
    *,
    tol: float | None = None,
    **kwargs: Any,
) -> None:
    r"""Asserts that a set, or a graph, has the same result alone and inside of a batch.

    Keyword arguments with one row per node, edge or graph are taken apart in the same way.

    Args:
        layer (Callable): Called as ``layer(x, index, **kwargs)``. If :obj:`edge_index` is given,
            it is called as ``layer(x, edge_index, batch=index, **kwargs)``; as
            ``layer(x, edge_index, index, **kwargs)`` if its third argument has another name; and
            as ``layer(x, edge_index, **kwargs)`` if it has none, or one of PyG's convolutions:
            ``size``, ``edge_weight``, ``edge_attr``, ... Each tensor of its result has one row
            per set, element or edge.
        x (torch.Tensor): Elements, or nodes :math:`(E, F)`.
        index (torch.Tensor): The set of each element, or the graph of each node :math:`(E)`.
        edge_index (torch.Tensor, optional): Edges, none of which may join two graphs.
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        **kwargs (optional): Further arguments of the layer.

    Raises:
        AssertionError: If the neighbours in the batch change a result.
        ValueError: If it is not clear how to take an argument apart, or to compare a result.

    Examples:
        The stock LCM aggregation folds the padding into every set but the largest:

        >>> from torch_geometric.nn import LCMAggregation
        >>> x, index = torch.randn(5, 3), torch.tensor([0, 0, 1, 1, 1])
        >>> assert_batch_independent(LCMAggregation(3, 3), x, index)
        Traceback (most recent call last):
        AssertionError: set 0 of size 2 has another result alone than in the batch...
    """
    check_inputs(x, edge_index, index)
    if index is None:
        raise ValueError("'index' must say the set of each element (got None)")
    num_edges = None if edge_index is None else edge_index.size(1)
    sizes = Sizes(x.size(0), num_edges, count_graphs(index, kwargs))
    alone(move(kwargs, sizes), x.size(0))  # Refuse before the layer is called.
    results = Results(_on_sets(layer, x, index, edge_index, kwargs), sizes, tol, whole=False)
    for s in index.unique().tolist():
        mine = (index == s).nonzero().view(-1)
        inside = None if edge_index is None else _inside(edge_index, index, s)
        moves = _picks(mine, inside, slice(s, s + 1))
        edges = None
        if edge_index is not None:
            label = edge_index.new_full((x.size(0),), -1)
            label[mine] = torch.arange(mine.numel(), device=mine.device)
            edges = label[edge_index[:, inside]]
        moved = alone(move(kwargs, sizes, **moves), mine.numel())
        out = _on_sets(layer, x[mine], torch.zeros_like(index[mine]), edges, moved)
        why = f"set {s} of size {mine.numel()} has another result alone than in the batch"
        results.check(out, why, moves)


def _relabelled(
    layer: Layer,
    x: Tensor,
    edge_index: Tensor,
    edge_attr: Tensor | None,
    num_samples: int,
    generator: torch.Generator,
    kwargs: dict[str, Any],
) -> Iterator[tuple[Any, dict[str, Reading]]]:
    """Results of a layer, first on a graph, then on permutations of it, with the moves to them."""
    edge_index = edge_index.as_subclass(Tensor)
    batch = kwargs.get("batch")
    sizes = Sizes(x.size(0), edge_index.size(1), count_graphs(batch, kwargs))
    by_name = edge_attr is None or takes(layer, "edge_attr")
    kwargs = kwargs if edge_attr is None else {"edge_attr": edge_attr, **kwargs}
    if not isinstance(batch, Tensor) or bool((batch.diff() < 0).any()):
        batch = None

    def call(x: Tensor, edge_index: Tensor, kwargs: dict[str, Any]) -> Any:
        attr = () if by_name else (kwargs.pop("edge_attr"),)
        return on_graph(layer, x, edge_index, *attr, **kwargs)

    yield call(x, edge_index, move(kwargs, sizes)), {}
    for _ in range(num_samples):
        perm = _randperm(x.size(0), generator, x.device)
        if batch is not None:  # Layers may depend on the order of graphs.
            perm = perm[batch[perm].argsort(stable=True)]
        shuffle = _randperm(edge_index.size(1), generator, x.device)
        label = torch.empty_like(perm)
        label[perm] = torch.arange(x.size(0), device=x.device)
        moves = _picks(perm, shuffle)
        moved = move(kwargs, sizes, **moves)
        yield call(x[perm], label[edge_index[:, shuffle]], moved), moves


def _picks(
    nodes: Tensor, edges: Tensor | None = None, graphs: slice | None = None
) -> dict[str, Reading]:
    """How to pick rows of nodes, edges, graphs and pairs of nodes."""
    return {
        "node": lambda a: a[nodes],
        "edge": lambda a: a[edges],
        "graph": same if graphs is None else lambda a: a[graphs],
        "pair": lambda a: a[nodes][:, nodes],
    }


def _with_batch(layer: Layer, index: Tensor, kwargs: dict[str, Any]) -> tuple[Layer, dict]:
    """A layer that takes the graph of each node by the name ``batch``, whatever its own name."""
    positional = takes_third(layer)

    def renamed(x: Tensor, edge_index: Tensor, batch: Tensor, **kwargs: Any) -> Any:
        return on_graph(layer, x, edge_index, *((batch,) if positional else ()), **kwargs)

    return layer if takes(layer, "batch") else renamed, {**kwargs, "batch": index}


def _on_sets(
    layer: Layer, x: Tensor, index: Tensor, edge_index: Tensor | None, kwargs: dict[str, Any]
) -> Any:
    if edge_index is None:
        return layer(x, index, **kwargs)
    layer, kwargs = _with_batch(layer, index, kwargs)
    return on_graph(layer, x, edge_index.as_subclass(Tensor), **kwargs)


def _inside(edge_index: Tensor, index: Tensor, s: int) -> Tensor:
    """Which edges a graph has."""
    ends = index[edge_index.as_subclass(Tensor)] == s
    if bool((ends[0] != ends[1]).any()):
        raise ValueError("'edge_index' must not join two graphs of 'index'")
    return ends[0]


def _generator(generator: torch.Generator | None) -> torch.Generator:
    return torch.Generator().manual_seed(0) if generator is None else generator


def _randperm(num: int, generator: torch.Generator, device: torch.device) -> Tensor:
    perm = torch.randperm(num, generator=generator, device=generator.device).to(device)
    # The identity, not rare among permutations of two, would test nothing.
    return perm.roll(1) if num > 1 and bool((perm.diff() == 1).all()) else perm
