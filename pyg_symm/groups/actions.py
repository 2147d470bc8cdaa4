"""How an affine motion of space acts on points, vectors and what else is given in coordinates."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .rotations import random_rotations


class Action(NamedTuple):
    r"""The motion :math:`\mathbf{x} \mapsto \mathbf{g} \mathbf{x} + \mathbf{t}` of space.

    Args:
        matrix (torch.Tensor): The linear part :math:`\mathbf{g}` :math:`(n, n)`.
        translation (torch.Tensor): The shift :math:`\mathbf{t}` :math:`(n)`.
    """

    matrix: Tensor
    translation: Tensor

    def on(self, value: Any, role: "Role") -> Any:
        r"""Moves coordinates along, computing in float64.

        ============ =============================== ==================================
        role         shape                           becomes
        ============ =============================== ==================================
        scalar       any; also what is not a tensor  itself
        pseudoscalar any                             :math:`\det(\mathbf{g}) \, s`
        vector       :math:`(*, n)`                  :math:`\mathbf{g} \mathbf{v}`
        pseudovector :math:`(*, n)`                  both factors of these two
        position     :math:`(*, n)`                  :math:`\mathbf{g} \mathbf{x} + \mathbf{t}`
        frame        :math:`(*, n, k)`, in columns   :math:`\mathbf{g} \mathbf{F}`
        tensor       :math:`(*, n, n)`               :math:`\mathbf{g} \mathbf{T} \mathbf{g}^{\top}`
        ============ =============================== ==================================

        Args:
            value: A tensor, or anything else in the role of a scalar.
            role (str or Callable): One of the above, or a function of the value and the action,
                for coordinates in another representation.

        Returns:
            The moved coordinates, of the same type as before.

        Raises:
            ValueError: If there is no such role, or the shape does not suit it.

        Examples:
            >>> mirror = Action(torch.diag(torch.tensor([1.0, 1.0, -1.0])), torch.ones(3))
            >>> mirror.on(torch.tensor([1.0, 2.0, 3.0]), "position")
            tensor([ 2.,  3., -2.])
            >>> mirror.on(torch.tensor([1.0, 2.0, 3.0]), "pseudovector")
            tensor([-1., -2.,  3.])
        """
        if callable(role):
            return role(value, self)
        if role not in _ROLES:
            raise ValueError(f"'role' must be one of {list(_ROLES)} or a function (got {role!r})")
        axes, move = _ROLES[role]
        if role == "scalar":
            return value
        n = self.matrix.size(-1)
        wanted = [n] * axes if role != "frame" else [n]
        shape = list(getattr(value, "shape", ()))
        at = shape[-2:-1] if role == "frame" else shape[len(shape) - axes :]
        if not isinstance(value, Tensor) or at != wanted:
            raise ValueError(f"a {role} in {n}D cannot have the shape {shape}")
        wide = torch.promote_types(value.dtype, torch.double)
        g, t = (a.to(value.device, wide) for a in self)
        return move(value.to(wide), g, t).to(value.dtype)


Role = str | Callable[[Any, Action], Any]

# The number of axes that hold coordinates, and what becomes of them.
_ROLES: dict[str, tuple[int, Callable[[Tensor, Tensor, Tensor], Tensor]]] = {
    "scalar": (0, lambda s, g, t: s),
    "pseudoscalar": (0, lambda s, g, t: torch.linalg.det(g) * s),
    "vector": (1, lambda v, g, t: v @ g.mT),
    "pseudovector": (1, lambda v, g, t: torch.linalg.det(g) * (v @ g.mT)),
    "position": (1, lambda x, g, t: x @ g.mT + t),
    "frame": (2, lambda f, g, t: g @ f),
    "tensor": (2, lambda m, g, t: g @ m @ g.mT),
}


def sample_actions(
    group: str, num: int = 6, generator: torch.Generator | None = None
) -> list[Action]:
    r"""Random elements of a group of motions.

    Args:
        group (str): ``"SO(n)"`` for rotations, ``"O(n)"`` with reflections, ``"T(n)"`` for
            translations, ``"SE(n)"`` or ``"E(n)"`` for all of these, with a number for ``n``.
        num (int, optional): How many. Every second one of a group with reflections is one.
            (default: :obj:`6`)
        generator (torch.Generator, optional): Source of random numbers. (default: seed zero)

    Raises:
        ValueError: If there is no such group.

    Examples:
        >>> [round(float(a.matrix.det())) for a in sample_actions("O(3)", 4)]
        [1, -1, 1, -1]
    """
    match = re.fullmatch(r"(SO|O|SE|E|T)\(([1-9]\d*)\)", group)
    if match is None:
        raise ValueError(f"'group' must be SO(n), O(n), SE(n), E(n) or T(n) (got {group!r})")
    name, dim = match[1], int(match[2])
    generator = torch.Generator().manual_seed(0) if generator is None else generator
    matrices = random_rotations(num, dim, generator, torch.double)
    shifts = torch.randn(num, dim, generator=generator, dtype=torch.double)
    if name == "T":
        matrices = torch.eye(dim, dtype=torch.double).expand(num, dim, dim)
    if name in ("O", "E"):
        matrices[1::2, 0] *= -1
    if name in ("O", "SO"):
        shifts = torch.zeros_like(shifts)
    return [Action(g, t) for g, t in zip(matrices, shifts, strict=True)]


def as_actions(elements: "str | Tensor | Sequence[Action]") -> list[Action]:
    r"""Elements given as the name of a group, as matrices :math:`(G, n, n)`, or as actions.

    Raises:
        ValueError: If they are none of these, or none are given.
    """
    if isinstance(elements, str):
        return sample_actions(elements)
    if isinstance(elements, Tensor):
        if elements.dim() != 3 or elements.size(1) != elements.size(2) or elements.size(0) == 0:
            raise ValueError(f"'elements' must be [G, n, n] (got {list(elements.shape)})")
        zero = elements.new_zeros(elements.size(-1))
        return [Action(g, zero) for g in elements]
    actions = list(elements)
    if not actions or not all(isinstance(action, Action) for action in actions):
        raise ValueError(f"'elements' must be a name, matrices or actions (got {actions})")
    return actions
