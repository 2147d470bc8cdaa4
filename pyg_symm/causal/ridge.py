"""Ridge regression on random Fourier features, for many sets of inputs at once."""

import math

import torch
from torch import Tensor

from .functions import HiddenLayer

# Relative to the number of rows, with features of variance one.
PENALTIES = tuple(10.0**power for power in range(-6, 3))
WIDTHS = (0.5, 1.0, 2.0)  # Of frequencies, relative to the inverse root of the number of inputs.
_ELEMENTS = 1 << 23  # Of the features that are held at a time.


def fit_ridge(
    x: Tensor,
    y: Tensor,
    mask: Tensor,
    fold: Tensor,
    generator: torch.Generator,
    num_features: int = 128,
) -> HiddenLayer:
    r"""Fits linear functions and random Fourier features, with a ridge penalty for each function.

    The kernel is the sum of a linear and a Gaussian one. Its width, in units that grow with the
    number of inputs, and the penalty have the smallest error in cross-validation. All functions use
    the same random features, so that their errors can be compared. From `Random Features for
    Large-Scale Kernel Machines
    <https://papers.nips.cc/paper/3182-random-features-for-large-scale-kernel-machines>`_.

    Args:
        x (torch.Tensor): All inputs, standardised :math:`(n, d)`.
        y (torch.Tensor): The values of each function :math:`(C, n)`, or of all :math:`(n)`.
        mask (torch.Tensor): Which inputs a function may use :math:`(C, d)`.
        fold (torch.Tensor): The fold of each row in cross-validation :math:`(n)`.
        generator (torch.Generator): Draws the features.
        num_features (int, optional): The number of random features. (default: :obj:`128`)
    """
    n, d = x.shape
    x, mask = x.double(), mask.double()
    y = y.double().expand(len(mask), n)
    draw = torch.randn(d, num_features, generator=generator, dtype=torch.double)
    shift = 2 * math.pi * torch.rand(num_features, generator=generator, dtype=torch.double)
    scale = mask.sum(1).clamp(min=1).rsqrt()
    weight = draw * (mask * scale.unsqueeze(1)).unsqueeze(-1)
    size = max(1, _ELEMENTS // (n * (d + num_features)))
    found: list[list[Tensor]] = []
    for parts in zip(y.split(size), mask.split(size), weight.split(size), strict=True):
        widths = WIDTHS if num_features else WIDTHS[:1]
        tried = [_solve(x, *parts[:2], fold, width * parts[2], shift) for width in widths]
        best = torch.stack([error for error, *_ in tried]).argmin(0)
        chosen = [best, *(torch.stack(part) for part in zip(*(t[1:] for t in tried), strict=True))]
        each = torch.arange(len(best))
        found.append([best, *(part[best, each] for part in chosen[1:])])
    width, coefficients, bias = (torch.cat(part) for part in zip(*found, strict=True))
    weight = weight * weight.new_tensor(WIDTHS)[width].view(-1, 1, 1)
    return HiddenLayer(
        weight, shift.expand(len(mask), -1), coefficients[:, d:], coefficients[:, :d], bias
    )


def _solve(
    x: Tensor, y: Tensor, mask: Tensor, fold: Tensor, weight: Tensor, shift: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Errors in cross-validation, coefficients :math:`(C, d + H)` and constants of functions."""
    # Of variance one in all; the square root is for the solver only, and multiplied out again.
    unit = math.sqrt(2 / max(1, len(shift)))
    features = torch.cat([x * mask.unsqueeze(1), unit * torch.cos(x @ weight + shift)], -1)
    mean, centre = features.mean(1, keepdim=True), y.mean(1, keepdim=True)
    features, y = features - mean, (y - centre).unsqueeze(-1)
    penalties = x.new_tensor(PENALTIES)
    folds = [(fold == k).nonzero().view(-1) for k in fold.unique().tolist()]
    parts = [features[:, rows] for rows in folds]
    grams = [part.mT @ part for part in parts]
    moments = [part.mT @ y[:, rows] for part, rows in zip(parts, folds, strict=True)]
    gram, moment = torch.stack(grams).sum(0), torch.stack(moments).sum(0)
    error = y.new_zeros(len(y), len(penalties))
    if len(folds) > 1:
        for part, rows, own_gram, own_moment in zip(parts, folds, grams, moments, strict=True):
            num = y.size(1) - len(rows)
            path = _path(gram - own_gram, moment - own_moment, penalties * num)
            error += (y[:, rows] - part @ path).square().sum(1)
    least, best = error.min(1)
    path = _path(gram, moment, penalties * y.size(1))
    coefficients = path.gather(2, best.view(-1, 1, 1).expand(-1, path.size(1), 1)).squeeze(-1)
    bias = centre.squeeze(1) - (mean.squeeze(1) * coefficients).sum(1)
    d = x.size(1)
    return least, torch.cat([coefficients[:, :d], unit * coefficients[:, d:]], 1), bias


def _path(gram: Tensor, moment: Tensor, penalties: Tensor) -> Tensor:
    """Coefficients for each penalty :math:`(C, P, L)`, by one eigendecomposition."""
    values, vectors = torch.linalg.eigh(gram)
    along = vectors.mT @ moment  # [C, P, 1]
    return vectors @ (along / (values.clamp(min=0).unsqueeze(-1) + penalties))
