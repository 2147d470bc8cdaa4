"""Does a layer have the symmetry that it states?

Test in float64: there, a wrong sign or a leaking pad stands out from round-off.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Layer = Callable[..., Tensor]

_TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 2e-3}


@torch.no_grad()
def assert_invariant(
    layer: Layer,
    x: Tensor,
    index: Tensor | None = None,
    *,
    num_samples: int = 5,
    tol: float | None = None,
    generator: torch.Generator | None = None,
    **kwargs: Any,
) -> None:
    r"""Asserts that permuting the elements of the sets leaves the result unchanged.

    .. math::
        f(\mathbf{x}_{\pi(1)}, \ldots, \mathbf{x}_{\pi(n)}) = f(\mathbf{x}_1, \ldots, \mathbf{x}_n)

    Args:
        layer (Callable): Called as ``layer(x, index, **kwargs)``, such as an aggregation.
        x (torch.Tensor): The elements :math:`(E, F)`.
        index (torch.Tensor, optional): The set of each element :math:`(E)`. (default: one set)
        num_samples (int, optional): The number of permutations. (default: :obj:`5`)
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        generator (torch.Generator, optional): Source of permutations. (default: seed zero)
        **kwargs (optional): Further arguments of the layer.

    Raises:
        AssertionError: If a permutation changes the result.

    Examples:
        >>> from torch_geometric.nn import SumAggregation
        >>> assert_invariant(SumAggregation(), torch.randn(8, 3, dtype=torch.double))
    """
    index = x.new_zeros(x.size(0), dtype=torch.long) if index is None else index
    generator = _generator(generator)
    expected = layer(x, index, **kwargs)
    for i in range(num_samples):
        perm = _randperm(x.size(0), generator, x.device)
        out = layer(x[perm], index[perm], **kwargs)
        _assert_close(out, expected, tol, f"permutation {i} of the elements changes the result")


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

    Args:
        layer (Callable): Called as ``layer(x, edge_index, **kwargs)``, or with :obj:`edge_attr`
            behind :obj:`edge_index` if that is given.
        x (torch.Tensor): Node features :math:`(N, F)`.
        edge_index (torch.Tensor): Edges :math:`(2, E)`.
        edge_attr (torch.Tensor, optional): Edge features :math:`(E, *)`.
        num_samples (int, optional): The number of permutations. (default: :obj:`5`)
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        generator (torch.Generator, optional): Source of permutations. (default: seed zero)
        **kwargs (optional): Further arguments of the layer.

    Raises:
        AssertionError: If the result is not permuted with the nodes.

    Examples:
        >>> from torch_geometric.nn import GCNConv
        >>> edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> assert_equivariant(GCNConv(4, 4).double(), torch.randn(3, 4).double(), edge_index)
    """
    generator = _generator(generator)
    attr = () if edge_attr is None else (edge_attr,)
    expected = layer(x, edge_index, *attr, **kwargs)
    for i in range(num_samples):
        perm = _randperm(x.size(0), generator, x.device)
        shuffle = _randperm(edge_index.size(1), generator, x.device)
        label = torch.empty_like(perm)
        label[perm] = torch.arange(x.size(0), device=x.device)
        out = layer(x[perm], label[edge_index[:, shuffle]], *(a[shuffle] for a in attr), **kwargs)
        _assert_close(out, expected[perm], tol, f"relabelling {i} of the nodes is not followed")


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

    Args:
        layer (Callable): Called as ``layer(x, index, **kwargs)`` or, if :obj:`edge_index` is
            given, as ``layer(x, edge_index, index, **kwargs)``. It returns one row per set, or
            one row per element.
        x (torch.Tensor): Elements, or nodes :math:`(E, F)`.
        index (torch.Tensor): The set of each element, or the graph of each node :math:`(E)`.
        edge_index (torch.Tensor, optional): Edges, none of which may join two graphs.
        tol (float, optional): Absolute and relative tolerance. (default: by the type of the
            result, :obj:`1e-10` for float64)
        **kwargs (optional): Further arguments of the layer.

    Raises:
        AssertionError: If the neighbours in the batch change a result.

    Examples:
        The stock LCM aggregation folds the padding into every set but the largest:

        >>> from torch_geometric.nn import LCMAggregation
        >>> x, index = torch.randn(5, 3), torch.tensor([0, 0, 1, 1, 1])
        >>> assert_batch_independent(LCMAggregation(3, 3), x, index)
        Traceback (most recent call last):
        AssertionError: set 0 of size 2 has another result alone than in the batch...
    """
    graph = () if edge_index is None else (edge_index,)
    together = layer(x, *graph, index, **kwargs)
    num_sets = int(index.max()) + 1 if index.numel() > 0 else 0
    if together.size(0) not in (num_sets, x.size(0)):
        raise AssertionError(
            f"the result has {together.size(0)} rows: neither one for each of {num_sets} sets, "
            f"nor one for each of {x.size(0)} elements"
        )
    for s in index.unique().tolist():
        mine = (index == s).nonzero().view(-1)
        inside = () if edge_index is None else (_induced(edge_index, mine, x.size(0)),)
        alone = layer(x[mine], *inside, torch.zeros_like(index[mine]), **kwargs)
        # With as many sets as elements each set is one element, and both readings agree.
        expected = together[s : s + 1] if together.size(0) == num_sets else together[mine]
        _assert_close(
            alone,
            expected,
            tol,
            f"set {s} of size {mine.numel()} has another result alone than in the batch",
        )


def _induced(edge_index: Tensor, nodes: Tensor, num_nodes: int) -> Tensor:
    label = edge_index.new_full((num_nodes,), -1)
    label[nodes] = torch.arange(nodes.numel(), device=nodes.device)
    edges = label[edge_index]
    inside = edges >= 0
    if bool((inside[0] != inside[1]).any()):
        raise ValueError("'edge_index' must not join two graphs of 'index'")
    return edges[:, inside[0]]


def _assert_close(out: Tensor, expected: Tensor, tol: float | None, reason: str) -> None:
    if out.shape != expected.shape:
        raise AssertionError(f"{reason}: shape {list(out.shape)}, not {list(expected.shape)}")
    tol = _TOLERANCE.get(expected.dtype, 0.0) if tol is None else tol
    torch.testing.assert_close(
        out, expected, atol=tol, rtol=tol, equal_nan=True, msg=lambda detail: f"{reason}\n{detail}"
    )


def _generator(generator: torch.Generator | None) -> torch.Generator:
    return torch.Generator().manual_seed(0) if generator is None else generator


def _randperm(num: int, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.randperm(num, generator=generator, device=generator.device).to(device)
