"""How far the layers of two networks commute with a renumbering of their units."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module

from ..axes import axis_classes, axis_index
from ..spec import PermutationSpec
from .folding import LINEAR


def naturality_error(
    model_a: Module,
    model_b: Module,
    spec: PermutationSpec,
    permutation: Mapping[str, Tensor],
    *inputs: Any,
) -> dict[str, float]:
    r"""The error of each layer in the square that makes two networks functionally equivalent.

    Networks are functors from layers to maps. Renumberings :math:`\tau_\ell` of the units of each
    layer are a natural isomorphism if they commute with all layers,

    .. math::
        \tau_{\ell + 1} \circ f_\ell = f'_\ell \circ \tau_\ell .

    The error is :math:`\| \tau_{\ell + 1}(f_\ell(x)) - f'_\ell(\tau_\ell(x)) \|` over
    :math:`\| f_\ell(x) \|` on the input features :math:`x` of layer :math:`\ell` of the first
    network. It is zero for ``spec.apply``: with
    ``model_b.load_state_dict(spec.apply(model_a.state_dict(), p))`` and the permutation ``p``.

    Args:
        model_a (torch.nn.Module): The network with the layers :math:`f`.
        model_b (torch.nn.Module): The network with the layers :math:`f'`.
        spec (PermutationSpec): The classes of both.
        permutation (dict): The unit of ``model_a`` for each unit of ``model_b``, for each class.
        *inputs: What ``model_a`` is called with.

    Returns:
        dict: The error of each linear layer and convolution, by name.

    Raises:
        ValueError: If the specification does not describe both networks.

    Examples:
        >>> import copy
        >>> from torch.nn import Linear, ReLU, Sequential
        >>> from pyg_symm.weights import mlp_spec
        >>> a, spec = Sequential(Linear(3, 8), ReLU(), Linear(8, 2)).double(), mlp_spec([3, 8, 2])
        >>> p, b = spec.random(), copy.deepcopy(a)
        >>> _ = b.load_state_dict(spec.apply(a.state_dict(), p))
        >>> errors = naturality_error(a, b, spec, p, torch.randn(5, 3).double())
        >>> {name: error < 1e-12 for name, error in errors.items()}
        {'0': True, '2': True}
    """
    spec.validate(model_a.state_dict())
    spec.validate(model_b.state_dict())
    others = dict(model_b.named_modules())
    squares: dict[str, list[float]] = {}
    hooks = []
    for name, module in model_a.named_modules():
        tensor = f"{name}.weight" if name else "weight"
        if not isinstance(module, LINEAR) or getattr(module, "groups", 1) != 1:
            continue
        rows, columns = spec.axes[tensor][:2]
        if axis_classes(rows) | axis_classes(columns):
            sums = squares.setdefault(name, [0.0, 0.0])
            index = axis_index(rows, permutation), axis_index(columns, permutation)
            channels = -1 if module.weight.dim() == 2 else 1 - module.weight.dim()
            hooks.append(module.register_forward_hook(_watch(others[name], index, channels, sums)))
    try:
        with torch.no_grad():
            model_a(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: (gap / total) ** 0.5 for name, (gap, total) in squares.items() if total > 0}


def _watch(
    other: Module, index: tuple[Tensor | None, Tensor | None], dim: int, sums: list[float]
) -> Any:
    """A hook that adds the squares of differences and of outputs. Features lie in one dimension."""

    def hook(module: Module, given: tuple[Any, ...], out: Tensor) -> None:
        rows, columns = (None if i is None else i.to(out.device) for i in index)
        x = given[0] if columns is None else given[0].index_select(dim, columns)
        moved = out if rows is None else out.index_select(dim, rows)
        sums[0] += float((moved - other(x)).square().sum())
        sums[1] += float(out.square().sum())

    return hook
