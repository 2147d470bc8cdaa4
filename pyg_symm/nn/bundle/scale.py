"""Initial weights that keep the scale of features."""

import torch
from torch import Tensor


def match_scale(weight: Tensor, out: Tensor, target: Tensor) -> Tensor:
    r"""Multiplies weights in place so that their output gets the standard deviation of a target.

    With several processes, deviations are those of all their inputs together, so that the weights
    stay equal. Nothing is read back from the device. If a deviation is zero or not finite, the
    weights are left as they are.

    Args:
        weight (torch.Tensor): The weights.
        out (torch.Tensor): What they give, in any shape.
        target (torch.Tensor): What to be as large as.

    Returns:
        torch.Tensor: The factor.

    Examples:
        >>> weight, x = torch.ones(1), torch.tensor([1.0, 3.0])
        >>> match_scale(weight, 4 * x, x), weight
        (tensor(0.2500), tensor([0.2500]))
    """
    factor = _deviation(target) / _deviation(out)
    factor = torch.where(factor.isfinite() & (factor > 0), factor, torch.ones_like(factor))
    weight.mul_(factor.to(weight.dtype))
    return factor.to(out.dtype)


def _deviation(x: Tensor) -> Tensor:
    """The standard deviation over the elements of all processes."""
    x = x.detach().double()
    moments = torch.stack([x.new_tensor(float(x.numel())), x.sum(), x.square().sum()])
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(moments)
    count, total, square = moments
    mean = total / count
    return (square / count - mean.square()).clamp(min=0).sqrt()
