"""The permutation specification of a model, from one forward pass."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..copies import converted, tensors_of
from ..spec import PermutationSpec
from ..verify import verify_spec
from .call import Axes
from .export import export_spec
from .terms import movable
from .tracer import Escapes, Tracer, follow


def trace_spec(model: nn.Module, *args: Any, **kwargs: Any) -> PermutationSpec:
    r"""Finds which units of a model may be renumbered.

    The model runs once, in evaluation mode, and each operation that PyTorch carries out hands on
    which units lie on which axes of its result: a product of matrices makes the axes that it sums
    over equal, a sum of two tensors makes all of their axes equal, a view splits an axis, and so
    on. This covers residual connections, functional calls, scattering of messages and whatever else
    a layer is written with, so that layers need no rules of their own. At the end, the units of
    inputs and outputs are frozen, and what this pass has not read, such as the positions that these
    inputs are too short for; and :func:`verify_spec` checks the result.

    An operation without a rule freezes what it touches, and a warning names it, its module, and
    the axes of parameters that are frozen. See :func:`register_rule`.

    Args:
        model (torch.nn.Module): The model. It is not changed.
        *args (Any): Inputs of the model: tensors, graphs, or other objects that hold tensors.
        **kwargs (Any): Further inputs, by keyword.

    Raises:
        ValueError: If `model` is not a module, or renumbering a class changes what the model
            computes. The message names the class.

    Examples:
        >>> from torch_geometric.nn import GIN
        >>> from pyg_symm.weights import trace_spec
        >>> model = GIN(in_channels=5, hidden_channels=16, num_layers=2, out_channels=3)
        >>> x, edge_index = torch.randn(4, 5), torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
        >>> trace_spec(model, x, edge_index).classes
        {'convs.0.nn.lins.0': 16, 'convs.0.nn.lins.1': 16, 'convs.1.nn.lins.0': 3}
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"'model' must be a torch.nn.Module (got {type(model).__name__})")
    try:
        spec, losses = _trace(model, args, kwargs, torch.float64)
    except RuntimeError as error:
        if "type" not in str(error):  # Of numbers: the model insists on its precision.
            raise
        spec, losses = _trace(model, args, kwargs, torch.float32)
    for loss in losses:
        warnings.warn(loss, stacklevel=2)
    verify_spec(spec, model, *args, **kwargs)
    return spec


def _trace(
    model: nn.Module, args: tuple, kwargs: dict, dtype: torch.dtype
) -> tuple[PermutationSpec, list[str]]:
    twin = converted(model, dtype).eval()
    args, kwargs = converted((args, kwargs), dtype)
    if any(nn.parameter.is_lazy(x) for x in [*twin.parameters(), *twin.buffers()]):
        with torch.no_grad():
            twin(*args, **kwargs)
    stored = {n: x for n, x in twin.state_dict(keep_vars=True).items() if isinstance(x, Tensor)}
    known = set(map(id, stored.values()))
    tracer = Tracer(stored, [x for x in twin.buffers() if id(x) not in known])
    _part_attention(twin, tracer)
    follow(twin, tracer)
    with torch.no_grad(), torch.random.fork_rng(devices=[]), plain_layers():
        with Escapes(tracer), tracer:
            out = twin(*args, **kwargs)
        for x in tensors_of(out):
            for term in tracer.axes(x):
                tracer.solver.freeze(term)
    tracer.freeze_unread()
    axes = {name: tracer.resolved(x) for name, x in stored.items()}
    parameters = {name for name, _ in twin.named_parameters(remove_duplicate=False)}
    spec = export_spec(stored, axes, parameters, tracer.seen())
    return spec, _losses(tracer, axes, parameters)


def _losses(tracer: Tracer, axes: Mapping[str, Axes], parameters: set[str]) -> list[str]:
    """What to say of axes of parameters that do not move although they might have."""
    out = []
    for (operation, module), places in tracer.losses.items():
        lost = [
            f"axis {dim} of '{name}'"
            for name, dim in sorted(places)
            if name in parameters and not movable(axes[name][dim])
        ]
        if lost:
            out.append(
                f"'{operation}' in '{module}' may depend on the order of units: "
                f"{', '.join(lost)} cannot be renumbered"
            )
    idle = [
        name
        for name, x in tracer.stored.items()
        if name in parameters and id(x) not in tracer.used and x.numel() > 1
    ]
    if idle:
        out.append(f"{idle} are not used with these inputs and cannot be renumbered")
    return out


def _part_attention(model: nn.Module, tracer: Tracer) -> None:
    """Queries, keys and values of PyTorch's attention lie beside each other in one parameter."""
    for module in model.modules():
        if isinstance(module, nn.MultiheadAttention):
            for x in (module.in_proj_weight, module.in_proj_bias):
                if isinstance(x, Tensor):
                    tracer.part(x, 3)


@contextmanager
def plain_layers() -> Iterator[None]:
    r"""Attention and compiled code run as separate operations here."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel([SDPBackend.MATH]), torch.compiler.set_stance("force_eager"):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
