"""Does a model follow the motions of space that it claims to follow?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten

from pyg_symm.groups.actions import Action, Role, as_actions

from .results import check_tolerance, leaves

ROLES: dict[str, Role] = {"pos": "position", "vec": "vector"}
_TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 1e-2}
_SMALL = 1e-2


def assert_equivariant_under(
    model: Callable[..., Any],
    inputs: Mapping[str, Any],
    elements: str | Tensor | Sequence[Action],
    outputs: Any = "scalar",
    *,
    roles: Mapping[str, Role] | None = None,
    tol: float | None = None,
) -> Tensor:
    r"""Asserts that a model commutes with motions of space.

    .. math::
        f(g \cdot \mathbf{x}) = g \cdot f(\mathbf{x}) \quad \text{for all given } g

    The roles say how :math:`g` acts on each input and output: ``"scalar"``, ``"vector"``,
    ``"position"``, ``"harmonics"``, others of :meth:`pyg_symm.groups.Action.on`, or a function of
    the value and the action. :func:`assert_equivariant` tests relabelling of nodes and edges,
    which is no motion.

    Args:
        model (Callable): Called as ``model(**inputs)``.
        inputs (dict): Its arguments by name.
        elements (str, torch.Tensor or list): The name of a group, of which six random elements are
            taken: ``"SO(3)"``, ``"O(3)"``, ``"T(3)"`` (translations), ``"SE(3)"``, ``"E(3)"``, or
            with another dimension; or matrices :math:`(G, n, n)`, such as those of a finite group;
            or a list of :class:`~pyg_symm.groups.Action`.
        outputs: The role of its result; for a tuple, list or dictionary, the same with a role in
            each place. (default: ``"scalar"``)
        roles (dict, optional): Roles of arguments. (default: ``pos`` is a position, ``vec`` a
            vector, all else are scalars)
        tol (float, optional): The largest relative error. It is absolute, times :math:`0.01`, for
            results whose root mean square is below that. (default: by the type of the result,
            :obj:`1e-10` for float64, :obj:`1e-4` for float32)

    Returns:
        torch.Tensor: The relative errors, of each element and output :math:`(G, K)`.

    Raises:
        AssertionError: If the model does not follow an element.
        ValueError: If ``tol`` is negative, infinite or NaN, a role is unknown or does not suit a
            tensor, or there is no result.

    Examples:
        >>> def model(pos, vec):
        ...     return torch.pdist(pos), pos - pos.mean(0) + vec
        >>> inputs = dict(pos=torch.randn(5, 3).double(), vec=torch.randn(5, 3).double())
        >>> errors = assert_equivariant_under(model, inputs, "E(3)", ("scalar", "vector"))
        >>> assert_equivariant_under(lambda pos: pos.sum(1), {"pos": torch.eye(3)}, "SO(3)")
        Traceback (most recent call last):
        AssertionError: rotation 0 of 6 is not followed: relative error ...
    """
    check_tolerance(tol)
    actions = as_actions(elements)
    errors, dtypes = _errors(model, inputs, actions, outputs, roles, _SMALL)
    limits = [_TOLERANCE.get(dtype, 0.0) if tol is None else tol for dtype in dtypes]
    wrong = ~(errors <= torch.tensor(limits, dtype=torch.double))
    if bool(wrong.any()):
        i, k = wrong.nonzero()[0].tolist()
        place = f" of output {k}" if len(limits) > 1 else ""
        raise AssertionError(
            f"{_name(actions[i])} {i} of {len(actions)} is not followed: relative error "
            f"{float(errors[i, k]):.2e}{place}, more than {limits[k]:.0e}"
        )
    return errors


def equivariance_error(
    model: Callable[..., Any],
    inputs: Mapping[str, Any],
    elements: str | Tensor | Sequence[Action],
    outputs: Any = "scalar",
    *,
    roles: Mapping[str, Role] | None = None,
) -> Tensor:
    r"""How far a model is from commuting with motions of space.

    .. math::
        \frac{\| f(g \cdot \mathbf{x}) - g \cdot f(\mathbf{x}) \|_2}
        {\| g \cdot f(\mathbf{x}) \|_2}

    Args:
        model (Callable): Called as ``model(**inputs)``.
        inputs (dict): Its arguments by name.
        elements: See :func:`assert_equivariant_under`, as for all arguments.
        outputs: The role of its result. (default: ``"scalar"``)
        roles (dict, optional): Roles of arguments.

    Returns:
        torch.Tensor: Errors in float64 of each element and output :math:`(G, K)`.

    Raises:
        ValueError: If a role is unknown or does not suit a tensor, or there is no result.

    Examples:
        >>> pos = torch.randn(5, 3).double()
        >>> errors = equivariance_error(lambda pos: torch.pdist(pos), {"pos": pos}, "E(3)")
        >>> errors.shape, bool(errors.max() < 1e-14)
        (torch.Size([6, 1]), True)
    """
    return _errors(model, inputs, as_actions(elements), outputs, roles, 0.0)[0]


def _errors(
    model: Callable[..., Any],
    inputs: Mapping[str, Any],
    actions: list[Action],
    outputs: Any,
    roles: Mapping[str, Role] | None,
    small: float,
) -> tuple[Tensor, list[torch.dtype]]:
    roles = {**ROLES, **(roles or {})}
    unused = [name for name in roles if name not in inputs and name not in ROLES]
    if unused:
        raise ValueError(f"'roles' names {unused}, which 'inputs' does not hold")
    first, out_roles = _with_roles(model(**inputs), outputs)
    errors = []
    for action in actions:
        moved = {name: _moved(action, name, v, roles) for name, v in inputs.items()}
        other, _ = _with_roles(model(**moved), outputs)
        pairs = zip(other, first, out_roles, strict=True)
        errors.append([_error(b, action.on(a, role), small) for b, a, role in pairs])
    return torch.tensor(errors, dtype=torch.double), [a.dtype for a in first]


def _with_roles(out: Any, outputs: Any) -> tuple[list[Tensor], list[Role]]:
    """The tensors of a result, without those that are `None`, and the role of each one."""
    values, spec = leaves(out)
    roles, roles_spec = tree_flatten(outputs)
    if spec != roles_spec:
        raise ValueError(f"'outputs' must be nested like the result (got {outputs!r} for {spec})")
    pairs = [(v, role) for v, role in zip(values, roles, strict=True) if v is not None]
    for value, _ in pairs:
        if not isinstance(value, Tensor):
            raise ValueError(f"a result must be a tensor (got {type(value).__name__})")
    return [v.detach() for v, _ in pairs], [role for _, role in pairs]


def _moved(action: Action, name: str, value: Any, roles: Mapping[str, Role]) -> Any:
    role = roles.get(name, "scalar")
    if value is None or role == "scalar":
        return value
    try:
        out = action.on(value.detach(), role)
    except ValueError as error:
        raise ValueError(f"'{name}': {error}") from error
    return out.requires_grad_() if value.requires_grad else out


def _error(out: Tensor, expected: Tensor, small: float) -> float:
    if out.shape != expected.shape:
        raise AssertionError(f"shape {list(out.shape)}, not {list(expected.shape)}")
    wide = torch.promote_types(expected.dtype, torch.double)
    out, expected = out.to(wide), expected.to(wide)
    size = max(float(torch.linalg.vector_norm(expected)), small * expected.numel() ** 0.5)
    difference = float(torch.linalg.vector_norm(out - expected))
    if difference == 0:
        return 0.0
    return float("inf") if size == 0 else difference / size


def _name(action: Action) -> str:
    matrix = action.matrix.double()
    eye = torch.eye(matrix.size(-1), dtype=torch.double, device=matrix.device)
    if torch.equal(matrix, eye):
        return "translation"
    if not torch.allclose(matrix @ matrix.mT, eye, atol=1e-5):
        return "linear map"
    return "rotation" if float(torch.linalg.det(matrix)) > 0 else "reflection"
