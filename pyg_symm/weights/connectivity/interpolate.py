"""Points on the straight path between weights."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .states import State, check_pair, is_continuous


def interpolate(a: State, b: State, weight: float = 0.5) -> dict[str, Tensor]:
    r"""The weights :math:`(1 - \lambda) a + \lambda b`.

    Models in half precision are averaged in float32; every tensor keeps the type that it has in
    ``a``. Integers, such as counts of batches, are those of ``a``.

    Args:
        a (dict): State dict at :math:`\lambda = 0`.
        b (dict): State dict at :math:`\lambda = 1`, with its units permuted already.
        weight (float, optional): The position :math:`\lambda` in :math:`[0, 1]`.
            (default: :obj:`0.5`)

    Returns:
        dict: A new state dict. At :math:`\lambda = 0` and :math:`1`, and where ``a`` and ``b`` are
        equal, it has exactly their numbers.

    Raises:
        ValueError: If the state dicts differ in names, shapes or kinds of tensors, hold NaN, or if
            the weight is outside of :math:`[0, 1]`.

    Examples:
        >>> interpolate({"w": torch.tensor([0.0, 2.0])}, {"w": torch.tensor([4.0, 2.0])}, 0.25)
        {'w': tensor([1., 2.])}
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"'weight' must be in [0, 1] (got {weight})")
    check_pair(a, b)
    return between(a, b, weight)


def average(states: Sequence[State]) -> dict[str, Tensor]:
    r"""The mean of several models, whose units correspond to each other.

    Args:
        states (list): State dicts of one architecture.

    Returns:
        dict: A new state dict, with the types and the integers of the first one.

    Raises:
        ValueError: If there is none, or if they do not fit together.

    Examples:
        >>> average([{"w": torch.tensor([0.0])}, {"w": torch.tensor([1.0])}])
        {'w': tensor([0.5000])}
    """
    if not states:
        raise ValueError("'states' must not be empty")
    for i, state in enumerate(states):
        check_pair(states[0], state, ("states[0]", f"states[{i}]"))
    out = {}
    for name, value in states[0].items():
        if is_continuous(value):
            wide = [wide_of(state[name]).to(value.device) for state in states]
            out[name] = torch.stack(wide).mean(dim=0).to(value.dtype)
        else:
            out[name] = value.detach().clone()
    return out


def between(a: State, b: State, weight: float | Tensor) -> dict[str, Tensor]:
    """As :func:`interpolate`, without checks."""
    out = {}
    for name, value in a.items():
        if is_continuous(value):
            start = wide_of(value)
            end = wide_of(b[name]).to(value.device, start.dtype)
            found = start.lerp(end, weight)
            if bool(value.isinf().any()):  # Masks, which are equal in both.
                found = torch.where(start == end, start, found)
            out[name] = found.to(value.dtype)
        else:
            out[name] = value.detach().clone()
    return out


def wide_of(value: Tensor) -> Tensor:
    """A tensor in a type that sums may be taken in: half precision becomes float32."""
    wide = torch.promote_types(value.dtype, torch.float32)
    return value.detach().to(wide)
