"""What every layer of the package owes its users, whatever it computes."""

import copy
import io
from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.aggr import Aggregation

from pyg_symm.utils import index_to_ptr, rank_within

from .symmetry import _assert_close


def assert_layer_contract(layer: torch.nn.Module, *args: Any, **kwargs: Any) -> None:
    r"""Asserts what a PyG user expects of a layer beyond its formula.

    In evaluation mode, with ``layer(*args, **kwargs)``:

    * ``repr`` starts with the class's name;
    * two calls give equal bits, and no argument is written to;
    * the result is finite and has the floating-point type of the arguments;
    * all floating-point arguments and all parameters get a finite gradient;
    * copies by :func:`copy.deepcopy`, :func:`torch.save` and ``state_dict`` give equal bits;
    * ``reset_parameters`` from one seed gives equal parameters.

    Of an :class:`~torch_geometric.nn.aggr.Aggregation`, called with ``x`` and ``index``, also:

    * an unsorted ``index`` equals the sorted one, and ``ptr`` equals ``index``;
    * more sets than elements, no elements, and no sets are all in order.

    Args:
        layer (torch.nn.Module): The layer; its parameters are put back afterwards.
        *args: Its arguments. Include whatever reaches all parameters.
        **kwargs: Its keyword arguments.

    Raises:
        AssertionError: If the layer breaks a line of the above.

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
    assert bool(out.isfinite().all()), "the result is not finite"
    floats = [a for a in before if a.is_floating_point()]
    if floats:
        assert out.dtype == floats[0].dtype, f"{floats[0].dtype} became {out.dtype}"
    _assert_gradients(layer, args, kwargs)
    _assert_copies(layer, original, out, args, kwargs)
    _assert_reset(layer)
    if isinstance(layer, Aggregation):
        _assert_aggregation(layer, *args, **kwargs)


def _assert_gradients(layer: torch.nn.Module, args: Any, kwargs: Any) -> None:
    def follow(a: Any) -> Any:
        is_float = isinstance(a, Tensor) and a.is_floating_point()
        return a.detach().clone().requires_grad_() if is_float else a

    args = [follow(a) for a in args]
    kwargs = {key: follow(a) for key, a in kwargs.items()}
    leaves = {f"argument {i}": a for i, a in enumerate(_tensors(args, kwargs)) if a.requires_grad}
    leaves |= {f"parameter '{n}'": p for n, p in layer.named_parameters() if p.requires_grad}
    if not leaves:
        return
    out = layer(*args, **kwargs)
    # A random direction: a plain sum has no gradient behind a normalisation.
    weight = torch.randn(out.shape, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    loss = (out * weight.to(out.device, out.dtype)).sum()
    grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    for (name, _), grad in zip(leaves.items(), grads, strict=True):
        assert grad is not None, f"{name} gets no gradient"
        assert bool(grad.isfinite().all()), f"the gradient of {name} is not finite"


@torch.no_grad()
def _assert_copies(
    layer: torch.nn.Module, original: torch.nn.Module, out: Tensor, args: Any, kwargs: Any
) -> None:
    modes = [(module, module.training) for module in original.modules()]
    original.eval()
    _equal(original(*args, **kwargs), out, "a deep copy differs")
    for module, mode in modes:
        module.training = mode
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    saved = torch.load(file, weights_only=False)
    _equal(saved(*args, **kwargs), out, "a saved and loaded layer differs")
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
    order = index.argsort(stable=True)
    x, index = x[order], index[order]
    num_sets = int(index[-1]) + 1 if index.numel() > 0 else 0
    out = layer(x, index, **kwargs)
    ptr = index_to_ptr(index, num_sets)
    # Sets interleaved, last ones first: every set keeps the order of its elements, as layers may
    # depend on that.
    place = rank_within(index, ptr)
    mixed = (place * num_sets - index).argsort()
    close = "an unsorted 'index' gives another result than a sorted one"
    _assert_close(layer(x[mixed], index[mixed], **kwargs), out, None, close)
    _assert_close(layer(x, ptr=ptr, **kwargs), out, None, "'ptr' and 'index' differ")
    more = layer(x, index, dim_size=num_sets + 2, **kwargs)
    _assert_close(more[:num_sets], out, None, "empty sets behind the others change those")
    for num in (3, 0):
        empty = layer(x[:0], index[:0], dim_size=num, **kwargs)
        assert empty.shape == (num, *out.shape[1:]), f"{num} empty sets give {list(empty.shape)}"
        assert bool(empty.isfinite().all()), "the value of an empty set is not finite"


def _tensors(args: Any, kwargs: Any) -> list[Tensor]:
    return [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor)]


def _equal(a: Tensor, b: Tensor, reason: str) -> None:
    assert torch.equal(a, b), reason
