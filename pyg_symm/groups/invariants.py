r"""What a symmetry group leaves unchanged of two points, with or without an orientation each.

In all functions, :math:`\mathbf{r} = \mathbf{x}_j - \mathbf{x}_i` points from the receiver
:math:`i` (``edge_index[1]``) to the sender :math:`j` (``edge_index[0]``). All values have finite
gradients, of self-loops and of vectors along an orientation too; there, the norms have a kink, and
their gradients are set to zero. All is computed without matrix products, which autocast and TF32
round.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def position_invariants(pos: Tensor, edge_index: Tensor) -> Tensor:
    r"""The distance :math:`\| \mathbf{r} \|`, complete for :math:`E(n)`.

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
        edge_index (torch.Tensor): Senders and receivers :math:`(2, E)`.

    Returns:
        torch.Tensor: Invariants :math:`(E, 1)`.

    Raises:
        ValueError: If an argument has a wrong shape or type.

    Examples:
        >>> pos = torch.tensor([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]])
        >>> position_invariants(pos, torch.tensor([[0, 1], [1, 1]]))
        tensor([[5.],
                [0.]])
    """
    return safe_norm(relative_positions(pos, edge_index))


def bundle_invariants(pos: Tensor, edge_index: Tensor, orientations: Tensor) -> Tensor:
    r"""Invariants of two points that share one orientation :math:`\mathbf{o}`, for each of a grid.

    .. math::
        a_1 = \mathbf{r} \cdot \mathbf{o}, \qquad
        a_2 = \| \mathbf{r} - a_1 \mathbf{o} \| \; (n = 3), \qquad
        a_2 = \mathbf{r} \cdot (-o_y, o_x) \; (n = 2)

    Under reflections of the plane, :math:`a_2` changes its sign.

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
        edge_index (torch.Tensor): Senders and receivers :math:`(2, E)`.
        orientations (torch.Tensor): Unit vectors :math:`(O, n)`.

    Returns:
        torch.Tensor: Invariants :math:`(E, O, 2)`.

    Raises:
        ValueError: If an argument has a wrong shape or type.
    """
    r = relative_positions(pos, edge_index).unsqueeze(1).unbind(2)  # n times [E, 1]
    return torch.stack(_along_and_across(r, _orientations(orientations, pos, None).unbind(1)), -1)


def point_invariants(
    pos: Tensor, orientation: Tensor, edge_index: Tensor, complete: bool = False
) -> Tensor:
    r"""Invariants of two points with an orientation each.

    To :math:`a_1` and :math:`a_2` of :func:`bundle_invariants`, with the receiver's orientation,
    come

    .. math::
        a_3 = \mathbf{o}_i \cdot \mathbf{o}_j, \qquad
        a_4 = \mathbf{r} \cdot \mathbf{o}_j \; (n = 3), \qquad
        a_4 = \mathbf{o}_i \times \mathbf{o}_j \; (n = 2).

    The first three leave out the azimuth of :math:`\mathbf{o}_j` about :math:`\mathbf{o}_i` in
    space, and the sign of the angle between them in the plane. All four are complete, for
    :math:`E(3)` and for :math:`SE(2)`.

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
        orientation (torch.Tensor): Unit vectors :math:`(N, n)`.
        edge_index (torch.Tensor): Senders and receivers :math:`(2, E)`.
        complete (bool, optional): Whether to add :math:`a_4`. (default: :obj:`False`)

    Returns:
        torch.Tensor: Invariants :math:`(E, 3)` or :math:`(E, 4)`.

    Raises:
        ValueError: If an argument has a wrong shape or type.
    """
    r = relative_positions(pos, edge_index).unbind(1)
    orientation = _orientations(orientation, pos, pos.size(0))
    o_j, o_i = orientation[edge_index[0]].unbind(1), orientation[edge_index[1]].unbind(1)
    parts = [*_along_and_across(r, o_i), _dot(o_i, o_j)]
    if complete:
        parts.append(_dot(r, o_j) if len(r) == 3 else _dot(_quarter_turn(o_i), o_j))
    return torch.stack(parts, dim=-1)


def frame_invariants(pos: Tensor, frame: Tensor, edge_index: Tensor) -> Tensor:
    r"""Invariants of two points with a frame each: the relative motion, complete for
    :math:`SE(n)`.

    .. math::
        \mathbf{R}_i^{\top} \mathbf{r} \quad \text{and} \quad \mathbf{R}_i^{\top} \mathbf{R}_j

    Args:
        pos (torch.Tensor): Positions :math:`(N, n)`, in float32 or float64.
        frame (torch.Tensor): Rotations :math:`\mathbf{R}` :math:`(N, n, n)`, whose columns are
            the axes of the frame.
        edge_index (torch.Tensor): Senders and receivers :math:`(2, E)`.

    Returns:
        torch.Tensor: Invariants :math:`(E, n + n^2)`, the entries of the rotation row by row.

    Raises:
        ValueError: If an argument has a wrong shape or type.
    """
    r = relative_positions(pos, edge_index)
    if frame.shape != (*pos.shape, pos.size(1)):
        raise ValueError(
            f"'frame' must be of shape {[*pos.shape, pos.size(1)]} (got {list(frame.shape)})"
        )
    frame = frame.to(pos)
    frame_j, frame_i = frame[edge_index[0]], frame[edge_index[1]]
    z = (frame_i * r.unsqueeze(-1)).sum(-2)
    relative = (frame_i.unsqueeze(-1) * frame_j.unsqueeze(-2)).sum(-3)
    return torch.cat([z, relative.flatten(-2)], dim=-1)


def relative_positions(pos: Tensor, edge_index: Tensor) -> Tensor:
    r"""Vectors :math:`\mathbf{r}` from receivers to senders :math:`(E, n)`."""
    if pos.dim() != 2 or pos.size(1) not in (2, 3):
        raise ValueError(f"'pos' must be of shape [N, 2] or [N, 3] (got {list(pos.shape)})")
    if pos.dtype not in (torch.float32, torch.float64):
        raise ValueError(
            f"'pos' must be float32 or float64, as distances need the digits (got {pos.dtype})"
        )
    if edge_index.dim() != 2 or edge_index.size(0) != 2 or edge_index.is_floating_point():
        raise ValueError(
            "'edge_index' must be integers of shape [2, E] "
            f"(got {edge_index.dtype} of shape {list(edge_index.shape)})"
        )
    return pos[edge_index[0]] - pos[edge_index[1]]


def safe_norm(vector: Tensor, threshold: Tensor | None = None) -> Tensor:
    r"""Norms :math:`(*, 1)` of vectors :math:`(*, n)`, with zero gradients where they are zero.

    The gradient of a norm is not defined at zero, and the direction of a vector of round-off is
    noise, which a second derivative would divide by that vector's length.

    Args:
        vector (torch.Tensor): Vectors :math:`(*, n)`.
        threshold (torch.Tensor, optional): Squares of norms :math:`(*, 1)` up to which a norm is
            set to zero. (default: zero)

    Examples:
        >>> vector = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
        >>> torch.autograd.grad(safe_norm(vector).sum(), vector)[0]
        tensor([[0.6000, 0.8000],
                [0.0000, 0.0000]])
    """
    parts = vector.unsqueeze(-1).unbind(-2)
    square = _dot(parts, parts)
    return _safe_sqrt(square, torch.zeros_like(square) if threshold is None else threshold)


def _along_and_across(r: Sequence[Tensor], o: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    along = _dot(r, o)
    if len(r) == 2:
        return along, _dot(r, _quarter_turn(o))
    # Not sqrt(|r|^2 - along^2), which loses half of the digits where r is along o.
    rest = [a - along * b for a, b in zip(r, o, strict=True)]
    noise = 16 * torch.finfo(along.dtype).eps
    return along, _safe_sqrt(_dot(rest, rest), noise**2 * _dot(r, r).detach())


def _safe_sqrt(square: Tensor, threshold: Tensor) -> Tensor:
    """Square roots, zero with zero gradients up to a threshold."""
    keep = ~(square <= threshold)  # NaN stays NaN.
    return torch.where(keep, torch.where(keep, square, 1.0).sqrt(), 0.0)


def _dot(a: Sequence[Tensor], b: Sequence[Tensor]) -> Tensor:
    out = a[0] * b[0]  # One coordinate at a time: sums over an axis of length three are slow.
    for left, right in zip(a[1:], b[1:], strict=True):
        out = out + left * right
    return out


def _quarter_turn(o: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    return -o[1], o[0]


def _orientations(orientations: Tensor, pos: Tensor, num: int | None) -> Tensor:
    rows = "O" if num is None else num
    wrong_rows = num is not None and orientations.size(0) != num
    if orientations.dim() != 2 or orientations.size(1) != pos.size(1) or wrong_rows:
        raise ValueError(
            f"orientations must be of shape [{rows}, {pos.size(1)}] for positions in "
            f"{pos.size(1)}D (got {list(orientations.shape)})"
        )
    return orientations.to(pos)
