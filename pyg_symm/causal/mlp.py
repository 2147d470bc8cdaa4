"""Networks of one hidden layer, trained for many sets of inputs at once."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from .functions import HiddenLayer

Weights = dict[str, Tensor]
Initial = Callable[[Tensor, int, torch.Generator], Weights]

_BATCH = 256  # Rows of a step.
_CHECK = 25  # Steps between two looks at the rows held out.
_DECAY = 1e-3
_RATE = 0.01


def random_weights(mask: Tensor, hidden: int, generator: torch.Generator) -> Weights:
    r"""Initial weights of networks: the same draw for all, scaled by their numbers of inputs.

    Args:
        mask (torch.Tensor): Which inputs a network may use :math:`(C, d)`.
        hidden (int): The number of hidden units.
        generator (torch.Generator): Draws the weights.
    """
    num, d = mask.shape
    scale = mask.sum(1).clamp(min=1).rsqrt().view(-1, 1, 1)
    return {
        "weight": torch.randn(d, hidden, generator=generator) * scale,
        "shift": torch.randn(hidden, generator=generator).repeat(num, 1),
        "out": torch.randn(hidden, generator=generator).repeat(num, 1) * hidden**-0.5,
        "bias": torch.zeros(num),
    }


def fit_mlp(
    x: Tensor,
    y: Tensor,
    mask: Tensor,
    fold: Tensor,
    generator: torch.Generator,
    hidden: int = 32,
    steps: int = 600,
    initial: Initial = random_weights,
) -> HiddenLayer:
    r"""Trains networks with one hidden layer, and stops each where it is best on rows held out.

    Args:
        x (torch.Tensor): All inputs, standardised :math:`(n, d)`.
        y (torch.Tensor): The values of each function :math:`(C, n)`, or of all :math:`(n)`.
        mask (torch.Tensor): Which inputs a function may use :math:`(C, d)`.
        fold (torch.Tensor): The fold of each row :math:`(n)`; fold 0 is held out if there are
            several.
        generator (torch.Generator): Draws weights and batches, which all networks share.
        hidden (int, optional): The number of hidden units. (default: :obj:`32`)
        steps (int, optional): The largest number of steps. (default: :obj:`600`)
        initial (Callable, optional): Makes the initial weights. (default: :func:`random_weights`)
    """
    x, mask = x.float(), mask.float()
    y = y.float().expand(len(mask), len(x))
    held = fold == 0 if bool((fold != 0).any()) else torch.zeros_like(fold, dtype=torch.bool)
    rows, rest = (~held).nonzero().view(-1), held.nonzero().view(-1)
    weights = initial(mask, hidden, generator)
    for value in weights.values():
        value.requires_grad_()
    optimizer = torch.optim.AdamW(weights.values(), _RATE, weight_decay=_DECAY)
    best = {name: value.detach().clone() for name, value in weights.items()}
    least = y.new_full((len(mask),), torch.inf)
    for step in range(1, steps + 1):
        batch = rows[torch.randperm(len(rows), generator=generator)[:_BATCH]]
        loss = (_network(weights, mask)(x[batch]) - y[:, batch]).square().mean(1).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % _CHECK == 0 or step == steps:
            with torch.no_grad():
                chosen = rest if len(rest) else rows
                network = _network(weights, mask)
                error = (network(x[chosen]) - y[:, chosen]).square().mean(1)
                better = error < least
                least = torch.where(better, error, least)
                for name, value in weights.items():
                    best[name][better] = value[better]
    return _network(best, mask)


def _network(weights: Weights, mask: Tensor) -> HiddenLayer:
    return HiddenLayer(
        weights["weight"] * mask.unsqueeze(-1),
        weights["shift"],
        weights["out"],
        torch.zeros_like(mask),
        weights["bias"],
        F.gelu,
    )
