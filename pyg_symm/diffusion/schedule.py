"""Noise schedules of discrete diffusion."""

import math
from numbers import Integral, Real

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

_LEAST = 1e-10  # Of what is left: keeps ratios of two times finite.


def check_times(num_steps: int, **times: Tensor | float) -> None:
    r"""Checks steps and times that are plain numbers, and their order.

    Values of tensors are not read, which would wait for their device.

    Args:
        num_steps (int): The number of steps :math:`T`.
        **times: Steps :math:`0, \dots, T` or times in :math:`[0, 1]` by the names of arguments.

    Raises:
        ValueError: If one is out of range, or a later one is smaller.
    """
    plain = {name: t for name, t in times.items() if isinstance(t, Real)}
    reached = 0.0
    for name, t in plain.items():
        whole = isinstance(t, Integral)
        if not 0 <= t <= (num_steps if whole else 1):
            wanted = f"a step in 0..{num_steps}" if whole else "a time in 0..1"
            raise ValueError(f"'{name}' must be {wanted} (got {t!r})")
        time = float(t) / num_steps if whole else float(t)
        if time < reached:
            raise ValueError(f"{list(plain)} must be in order (got {list(plain.values())})")
        reached = time


class Schedule:
    r"""The share :math:`\bar\alpha` of values that are still clean, from 1 at time 0 to about 0.

    Subclasses define :meth:`share` as a function of time in :math:`[0, 1]`. Everything is computed
    in float64, since :math:`1 - \bar\alpha` and ratios of shares lose all digits in float32.

    Args:
        num_steps (int): The number of steps :math:`T`.

    Raises:
        ValueError: If there is not a whole number of steps, at least one.
    """

    def __init__(self, num_steps: int) -> None:
        check_sizes(1, num_steps=num_steps)
        self.num_steps = num_steps

    def share(self, time: Tensor) -> Tensor:
        """What is left at times in :math:`[0, 1]`, before it is kept away from zero."""
        raise NotImplementedError

    def alpha_bar(self, t: Tensor | float) -> Tensor:
        r""":math:`\bar\alpha_t` in float64, of steps if ``t`` holds integers and else of times.

        Args:
            t (torch.Tensor): Steps :math:`0, \dots, T`, or times in :math:`[0, 1]`, any shape.

        Raises:
            ValueError: If a number is no such step or time. Values of tensors are not read.
        """
        check_times(self.num_steps, t=t)
        t = torch.as_tensor(t)
        time = t.double() if t.is_floating_point() else t.double() / self.num_steps
        # Nothing is lost at time 0: exactly one, so that the last reverse step is the model itself.
        return torch.where(time == 0, 1.0, self.share(time).clamp(_LEAST, 1 - _LEAST))

    def table(self) -> Tensor:
        r""":math:`\bar\alpha_0, \dots, \bar\alpha_T` in float64 :math:`(T + 1)`."""
        return self.alpha_bar(torch.arange(self.num_steps + 1))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.num_steps})"


class CosineSchedule(Schedule):
    r"""A quarter of a cosine, not squared as in DiGress, so that noise sets in more slowly.

    .. math::
        \bar\alpha_t = \cos\!\left(\frac{t/T + a}{1 + a} \frac{\pi}{2}\right) \Big/
            \cos\!\left(\frac{a}{1 + a} \frac{\pi}{2}\right)

    Args:
        num_steps (int): The number of steps :math:`T`.
        offset (float, optional): The offset :math:`a`. (default: :obj:`0.008`)

    Examples:
        >>> CosineSchedule(2).table()
        tensor([1.0000e+00, 7.0274e-01, 1.0000e-10], dtype=torch.float64)
    """

    def __init__(self, num_steps: int, offset: float = 0.008) -> None:
        super().__init__(num_steps)
        if offset < 0:
            raise ValueError(f"'offset' must not be negative (got {offset})")
        self.offset = offset

    def share(self, time: Tensor) -> Tensor:
        quarter = math.pi / 2 / (1 + self.offset)
        return ((time + self.offset) * quarter).cos() / math.cos(self.offset * quarter)


class LinearSchedule(Schedule):
    r""":math:`\bar\alpha_t = 1 - t/T`.

    Examples:
        >>> LinearSchedule(4).table()[1:4]
        tensor([0.7500, 0.5000, 0.2500], dtype=torch.float64)
    """

    def share(self, time: Tensor) -> Tensor:
        return 1 - time


class ExponentialSchedule(Schedule):
    r"""Noise whose rate grows from :math:`b` on: :math:`\bar\alpha_t = e^{b(1 - c^{t/T})}`.

    Args:
        num_steps (int): The number of steps :math:`T`.
        rate (float, optional): The scale :math:`b`. (default: :obj:`0.1`)
        base (float, optional): The growth :math:`c`. (default: :obj:`250.0`)

    Examples:
        >>> ExponentialSchedule(2).table()[1]
        tensor(0.2274, dtype=torch.float64)
    """

    def __init__(self, num_steps: int, rate: float = 0.1, base: float = 250.0) -> None:
        super().__init__(num_steps)
        if rate <= 0:
            raise ValueError(f"'rate' must be positive (got {rate})")
        if base <= 1:
            raise ValueError(f"'base' must be above 1 (got {base})")
        self.rate = rate
        self.base = base

    def share(self, time: Tensor) -> Tensor:
        return (self.rate * (1 - self.base**time)).exp()


class ConstantSchedule(Schedule):
    r"""Noise at a constant rate: :math:`\bar\alpha_t = e^{-r t/T}`.

    Args:
        num_steps (int): The number of steps :math:`T`.
        rate (float, optional): The rate :math:`r`. (default: :obj:`20.0`)
    """

    def __init__(self, num_steps: int, rate: float = 20.0) -> None:
        super().__init__(num_steps)
        if rate <= 0:
            raise ValueError(f"'rate' must be positive (got {rate})")
        self.rate = rate

    def share(self, time: Tensor) -> Tensor:
        return (-self.rate * time).exp()
