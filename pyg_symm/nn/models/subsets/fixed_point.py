"""Fixed points of maps, and their derivatives."""

from collections.abc import Callable

import torch
from torch import Tensor


def fixed_point(
    update: Callable[[Tensor], Tensor],
    start: Tensor,
    damping: float = 0.5,
    tolerance: float = 1e-6,
    max_steps: int = 100,
) -> Tensor:
    r"""Iterates :math:`\mathbf{q} \leftarrow (1 - \alpha) \mathbf{q} + \alpha f(\mathbf{q})`
    until it stands still.

    The derivative is that of the implicit function: with the Jacobian :math:`\mathbf{J}` of
    :math:`f`, the gradient :math:`\mathbf{v}` becomes the solution of
    :math:`\mathbf{w} = \mathbf{v} + \mathbf{J}^{\top} \mathbf{w}`, found by the same iteration.
    If :math:`\mathbf{v}` is small, so is its tolerance: the factor of a loss does not matter.
    Memory is that of one step, whatever the number of steps.

    Args:
        update (Callable): The map :math:`f`.
        start (torch.Tensor): Where to begin.
        damping (float, optional): The factor :math:`\alpha`. (default: :obj:`0.5`)
        tolerance (float, optional): The largest change of an entry at which to stop.
            (default: :obj:`1e-6`)
        max_steps (int, optional): The largest number of steps. (default: :obj:`100`)

    Examples:
        >>> a = torch.tensor(0.8, requires_grad=True)
        >>> q = fixed_point(lambda q: a * q.cos(), torch.tensor(0.5), tolerance=1e-7)
        >>> bool((q - a * q.cos()).abs() < 1e-6)
        True
        >>> torch.autograd.grad(q, a)[0]  # cos q / (1 + a sin q)
        tensor(0.5421)
    """

    def iterate(
        step: Callable[[Tensor], Tensor], value: Tensor, limit: Tensor | float = tolerance
    ) -> Tensor:
        for _ in range(max_steps):
            new = torch.lerp(value, step(value), damping)
            if value.numel() == 0 or (new - value).abs().max() <= limit:
                return new
            value = new
        return value

    with torch.no_grad():
        found = iterate(update, start)
    out = update(found)
    if not out.requires_grad:
        return out
    at = found.detach().requires_grad_()
    with torch.enable_grad():
        again = update(at)

    def solve(grad: Tensor | None) -> Tensor | None:
        if grad is None:  # Nothing depends on the fixed point.
            return None

        def step(w: Tensor) -> Tensor:
            (product,) = torch.autograd.grad(again, at, w, retain_graph=True, allow_unused=True)
            return grad if product is None else grad + product

        limit = tolerance * grad.abs().amax().clamp(max=1) if grad.numel() > 0 else 0.0
        return iterate(step, grad, limit)

    out.register_hook(solve)
    return out
