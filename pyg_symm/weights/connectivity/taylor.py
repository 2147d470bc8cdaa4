"""What slopes and curvatures at two networks say about the loss between them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from pyg_symm.utils import check_sizes

from .barrier import Barrier
from .interpolate import wide_of
from .states import State, check_fits, check_pair, copy_of

Loss = Callable[[Callable[..., Any]], Tensor]


def taylor_barrier(
    model: torch.nn.Module, a: State, b: State, loss: Loss, num_points: int = 25
) -> Barrier:
    r"""Estimates the barrier from second-order expansions at both ends.

    With :math:`d = b - a`, gradients :math:`g` and Hessians :math:`H` at the ends,

    .. math::
        L(\lambda) - (1 - \lambda) L(0) - \lambda L(1) \approx \lambda (1 - \lambda) \left[ (g_a -
        g_b)^\top d + \tfrac{1}{2} \left( \lambda \, d^\top H_a d + (1 - \lambda) \, d^\top H_b d
        \right) \right],

    which is the mean of both expansions, weighted by :math:`1 - \lambda` and :math:`\lambda`. It is
    exact for quadratic losses. `"Analysis of Linear Mode Connectivity via Permutation-Based Weight
    Matching" <https://arxiv.org/abs/2402.04051>`_ shows that it does not predict the barrier of
    matched networks: they are too far from each other.

    Kinks, such as those of ReLU, have no curvature and are not seen. Parameters move along the
    path; buffers, such as running statistics, stay those of the end that the expansion is from.

    Args:
        model (torch.nn.Module): A network of the same architecture, which stays as it is.
        a (dict): State dict at :math:`\lambda = 0`.
        b (dict): State dict at :math:`\lambda = 1`, with its units permuted already.
        loss (Callable): From a function that calls the network to a loss without dimensions, such
            as ``lambda net: cross_entropy(net(x), y)``.
        num_points (int, optional): Positions at equal distances. (default: :obj:`25`)

    Returns:
        Barrier: Estimated losses along the path; ``barrier`` is the estimate of the barrier.

    Raises:
        ValueError: If the state dicts differ or do not fit the model, or the loss is no number that
            depends on the weights.

    Examples:
        >>> model = torch.nn.Linear(1, 1, bias=False)
        >>> states = [{"weight": torch.tensor([[w]])} for w in (-1.0, 1.0)]
        >>> x = torch.ones(1, 1)
        >>> taylor_barrier(model, *states, lambda net: 1 - net(x).square().mean(), 5).losses
        [0.0, 0.75, 1.0, 0.75, 0.0]
    """
    check_sizes(2, num_points=num_points)
    check_pair(a, b)
    check_fits(model, a, "a")
    ends = [_expand(copy_of(model, (a, b)[at]), a, b, at, loss) for at in (0, 1)]
    (loss_a, slope_a, curve_a), (loss_b, slope_b, curve_b) = ends
    points = [k / (num_points - 1) for k in range(num_points)]
    losses = []
    for x in points:
        gap = x * (1 - x) * (slope_a - slope_b + 0.5 * (x * curve_a + (1 - x) * curve_b))
        losses.append((1 - x) * loss_a + x * loss_b + gap)
    return Barrier(points, {"loss": losses})


def _expand(
    model: torch.nn.Module, a: State, b: State, at: int, loss: Loss
) -> tuple[float, float, float]:
    """The loss on the path, and its first and second derivative along it."""
    position = torch.tensor(float(at), dtype=torch.float64, requires_grad=True)
    moved = {}
    for name, parameter in model.named_parameters():
        start, end = (wide_of(state[name]).to(parameter.device) for state in (a, b))
        near, weight = (start, position) if at == 0 else (end, position - 1)
        step = weight.to(start.device, start.real.dtype) * (end - start)
        moved[name] = (near + step).to(parameter.dtype)
    value = loss(lambda *args, **kwargs: functional_call(model, moved, args, kwargs))
    if not torch.is_tensor(value) or value.dim() > 0 or not value.requires_grad:
        raise ValueError(
            "'loss' must return a tensor without dimensions that depends on the network (got "
            f"{value})"
        )
    (slope,) = torch.autograd.grad(value, position, create_graph=True)
    curve = torch.zeros(1)
    if slope.requires_grad:  # Otherwise the loss is linear in the weights.
        (curve,) = torch.autograd.grad(slope, position, materialize_grads=True)
    return float(value.detach()), float(slope.detach()), float(curve)
