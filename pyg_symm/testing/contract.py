"""The contract of every layer, independent of what it computes."""

import copy
import pickle
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map
from torch_geometric.nn.aggr import Aggregation

from pyg_symm.utils import index_to_ptr, rank_within

from .arguments import Sizes, count_graphs, move
from .results import assert_close, leaves


def assert_layer_contract(layer: torch.nn.Module, *args: Any, **kwargs: Any) -> None:
    r"""Asserts what a PyG user expects of a layer beyond its formula.

    In evaluation mode, with ``layer(*args, **kwargs)``:

    * ``repr`` starts with the class's name;
    * two calls give equal bits, and no argument is written to;
    * the result is finite and has the floating-point type of the arguments;
    * all floating-point and complex arguments and all parameters get a finite gradient;
    * copies by :func:`copy.deepcopy`, :mod:`pickle` and ``state_dict`` give equal bits;
    * ``reset_parameters`` from one seed gives equal parameters.

    The result may be a tensor, or a tuple, list or dictionary of tensors.

    Of an :class:`~torch_geometric.nn.aggr.Aggregation`, called with ``x``, ``index`` and keyword
    arguments, of which those with one row per element are sorted like the elements, also:

    * an unsorted ``index`` equals the sorted one, and ``ptr`` equals ``index``;
    * empty sets, no elements, and no sets at all give finite results.

    Args:
        layer (torch.nn.Module): The layer; its parameters are put back afterwards.
        *args: Its arguments. Include whatever reaches all parameters.
        **kwargs: Its keyword arguments.

    Raises:
        AssertionError: If the layer breaks a line of the above.
        ValueError: If a result is of a type that cannot be compared, or there is none.

    Examples:
        >>> from torch_geometric.nn import SoftmaxAggregation
        >>> x, index = torch.randn(6, 4), torch.tensor([0, 0, 1, 1, 1, 3])
        >>> assert_layer_contract(SoftmaxAggregation(learn=True), x, index)
    """
    original, layer = layer, copy.deepcopy(layer).eval()
    name = layer.__class__.__name__
    assert repr(layer).startswith(name), f"'repr' must start with '{name}' (got {layer!r})"
    before = [a.clone() for a in _tensors(args, kwargs)]
    with torch.no_grad():
        out = layer(*args, **kwargs)
        _equal(layer(*args, **kwargs), out, "two calls differ")
    for a, b in zip(_tensors(args, kwargs), before, strict=True):
        _equal(a, b, "an argument was written to")
    results = [t for t in leaves(out)[0] if isinstance(t, Tensor)]
    assert all(bool(t.isfinite().all()) for t in results), "the result is not finite"
    real = {_real(a) for a in before if _is_float(a)}
    for t in results:
        if real and _is_float(t):
            assert _real(t) in real, f"{min(real, key=str)} became {t.dtype}"
    _assert_gradients(layer, args, kwargs)
    _assert_copies(layer, original, out, args, kwargs)
    _assert_reset(layer)
    if isinstance(layer, Aggregation):
        _assert_aggregation(layer, *args, **kwargs)


def _assert_gradients(layer: torch.nn.Module, args: Any, kwargs: Any) -> None:
    def follow(a: Any) -> Any:
        is_float = isinstance(a, Tensor) and _is_float(a)
        return a.detach().clone().requires_grad_() if is_float else a

    args, kwargs = tree_map(follow, (args, kwargs))
    inputs = {f"argument {i}": a for i, a in enumerate(_tensors(args, kwargs)) if a.requires_grad}
    inputs |= {f"parameter '{n}'": p for n, p in layer.named_parameters() if p.requires_grad}
    if not inputs:
        return
    loss = torch.zeros((), dtype=torch.double)
    generator = torch.Generator().manual_seed(0)
    for out in _tensors(layer(*args, **kwargs)):
        if _is_float(out):
            out = torch.view_as_real(out) if out.is_complex() else out
            # A random direction: a plain sum has no gradient behind a normalisation.
            weight = torch.randn(out.shape, generator=generator, dtype=torch.double)
            loss = loss + (out * weight.to(out.device, out.dtype)).sum().cpu()
    assert loss.requires_grad, "the result has no gradient"
    grads = torch.autograd.grad(loss, list(inputs.values()), allow_unused=True)
    for name, grad in zip(inputs, grads, strict=True):
        assert grad is not None, f"{name} gets no gradient"
        assert bool(grad.isfinite().all()), f"the gradient of {name} is not finite"


@torch.no_grad()
def _assert_copies(
    layer: torch.nn.Module, original: torch.nn.Module, out: Any, args: Any, kwargs: Any
) -> None:
    modes = [(module, module.training) for module in original.modules()]
    original.eval()
    _equal(original(*args, **kwargs), out, "a deep copy differs")
    for module, mode in modes:
        module.training = mode
    saved = pickle.loads(pickle.dumps(layer))
    _equal(saved(*args, **kwargs), out, "a pickled layer differs")
    for parameter in saved.parameters():
        parameter.add_(1.0)
    saved.load_state_dict(layer.state_dict())
    _equal(saved(*args, **kwargs), out, "a loaded 'state_dict' differs")


def _assert_reset(layer: torch.nn.Module) -> None:
    reset = getattr(layer, "reset_parameters", None)
    assert callable(reset), f"{layer.__class__.__name__} has no 'reset_parameters'"
    saved = copy.deepcopy(layer.state_dict())
    states = []
    for _ in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(12)
            reset()
        states.append({k: v.clone() for k, v in layer.state_dict().items()})
    for key, value in states[0].items():
        _equal(states[1][key], value, f"'reset_parameters' of one seed differ in '{key}'")
    layer.load_state_dict(saved)


@torch.no_grad()
def _assert_aggregation(layer: torch.nn.Module, x: Tensor, index: Tensor, **kwargs: Any) -> None:
    num_sets = int(index.max()) + 1 if index.numel() > 0 else 0
    sizes = Sizes(x.size(0), None, count_graphs(index, kwargs))

    def call(rows: Tensor, reason: str, **changes: Any) -> Tensor:
        """The result for elements in some order, with ``index`` unless ``ptr`` is given."""
        sets = {} if "ptr" in changes else {"index": index[rows]}
        moved = move(kwargs, sizes, node=lambda a: a[rows])
        try:
            return layer(x[rows], **{**sets, **moved, **changes})
        except (NotImplementedError, ValueError) as error:
            raise AssertionError(f"{reason} is refused: {error}") from error

    order = index.argsort(stable=True)
    ptr = index_to_ptr(index[order], num_sets)
    out = call(order, "a sorted 'index'")
    # Sets interleaved, last ones first: every set keeps the order of its elements, as layers may
    # depend on that.
    place = rank_within(index[order], ptr)
    mixed = order[(place * num_sets - index[order]).argsort()]
    close = "an unsorted 'index' gives another result than a sorted one"
    assert_close(call(mixed, "an unsorted 'index'"), out, None, close)
    if kwargs.get("dim_size") in (None, num_sets):
        assert_close(call(order, "'ptr'", ptr=ptr), out, None, "'ptr' and 'index' differ")
    more = call(order, "a larger 'dim_size'", dim_size=num_sets + 2)
    rows = min(num_sets, out.size(0))
    assert_close(more[:rows], out[:rows], None, "empty sets behind the others change those")
    for num in (3, 0):
        empty = call(order[:0], f"'dim_size={num}' without elements", dim_size=num)
        assert empty.shape == (num, *out.shape[1:]), f"{num} empty sets give {list(empty.shape)}"
        assert bool(empty.isfinite().all()), "the value of an empty set is not finite"


def _tensors(*trees: Any) -> list[Tensor]:
    return [a for a in tree_leaves(trees) if isinstance(a, Tensor)]


def _is_float(a: Tensor) -> bool:
    return a.is_floating_point() or a.is_complex()


def _real(a: Tensor) -> torch.dtype:
    return a.dtype.to_real() if a.is_complex() else a.dtype


def _equal(a: Any, b: Any, reason: str) -> None:
    (left, one), (right, other) = leaves(a), leaves(b)
    assert one == other, f"{reason}: {one}, not {other}"
    for x, y in zip(left, right, strict=True):
        same = torch.equal(x, y) if isinstance(x, Tensor) and isinstance(y, Tensor) else x == y
        assert same, reason
