"""Functions that are linear in features, and what of the data their squared errors depend on."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Features:
    r"""A constant, standardised inputs, and random Fourier features of them.

    All have variance one or close to it. The width of the Gaussian kernel that the random features
    stand for grows with the number of inputs.

    Args:
        mean (torch.Tensor): The mean of each input :math:`(d)`.
        scale (torch.Tensor): The standard deviation of each input :math:`(d)`.
        weight (torch.Tensor): Frequencies :math:`(d, H)`.
        shift (torch.Tensor): Phases :math:`(H)`.

    Shapes:
        - **input:** :math:`(n, d)`
        - **output:** :math:`(n, 1 + d + H)`
    """

    mean: Tensor
    scale: Tensor
    weight: Tensor
    shift: Tensor

    @classmethod
    def draw(cls, x: Tensor, num_features: int, generator: torch.Generator) -> "Features":
        """Features for inputs :math:`(n, d)`, of which constant ones become zero."""
        num = num_features if x.size(1) else 0
        weight = torch.randn(x.size(1), num, generator=generator, dtype=x.dtype)
        shift = 2 * math.pi * torch.rand(num, generator=generator, dtype=x.dtype)
        mean, scale = standards(x)
        return cls(mean, scale, weight / math.sqrt(max(1, x.size(1))), shift)

    def __call__(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.scale
        waves = math.sqrt(2) * torch.cos(x @ self.weight + self.shift)
        return torch.cat([x.new_ones(len(x), 1), x, waves / math.sqrt(max(1, len(self.shift)))], 1)


def standards(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of columns, one for those that are constant."""
    mean = x.mean(0)
    scale = (x - mean).square().mean(0).sqrt()
    return mean, torch.where(scale > 1e-12 * mean.abs(), scale, torch.ones_like(scale))


@dataclass(frozen=True)
class Moments:
    r"""Second moments of each group of rows.

    The mean squared error of coefficients :math:`w` in group :math:`e` is
    :math:`w^\top G_e w - 2 b_e^\top w + c_e`.

    Args:
        gram (torch.Tensor): The moments :math:`G` of features with each other :math:`(E, F, F)`.
        moment (torch.Tensor): The moments :math:`b` of features with the target :math:`(E, F)`.
        square (torch.Tensor): The mean squares :math:`c` of the target :math:`(E)`.
        count (torch.Tensor): The number of rows :math:`(E)`.
    """

    gram: Tensor
    moment: Tensor
    square: Tensor
    count: Tensor

    @classmethod
    def of(cls, features: Tensor, y: Tensor, group: Tensor) -> "Moments":
        """The moments of groups, whose numbers are consecutive."""
        parts = [group == k for k in range(int(group.max()) + 1)]
        gram = [features[rows].T @ features[rows] / rows.sum() for rows in parts]
        moment = [features[rows].T @ y[rows] / rows.sum() for rows in parts]
        square = [y[rows].square().mean() for rows in parts]
        count = y.new_tensor([int(rows.sum()) for rows in parts])
        return cls(torch.stack(gram), torch.stack(moment), torch.stack(square), count)

    def risks(self, w: Tensor) -> Tensor:
        """The mean squared error of each group :math:`(E)`."""
        return ((self.gram @ w) * w).sum(1) - 2 * self.moment @ w + self.square

    def ridge(self, weight: Tensor, penalty: float) -> Tensor:
        r"""The coefficients of ridge regression on groups with weights :math:`(E)`.

        .. math::
            \min_w \sum_e q_e R_e(w) + \lambda \lVert w \rVert^2,

        where the weights add up to one, and the constant has no penalty.
        """
        gram = torch.einsum("e,eij->ij", weight, self.gram)
        return solve(gram, weight @ self.moment, penalty)

    @property
    def share(self) -> Tensor:
        """The share of each group in all rows :math:`(E)`."""
        return self.count / self.count.sum()


def solve(gram: Tensor, moment: Tensor, penalty: float) -> Tensor:
    """Coefficients with a penalty on all but the first."""
    diagonal = gram.new_full((len(gram),), penalty)
    diagonal[0] = 0
    return torch.linalg.lstsq(gram + diagonal.diag(), moment, driver="gelsd").solution


def choose_penalty(features: Tensor, y: Tensor, fold: Tensor) -> float:
    """The ridge penalty with the smallest error in cross-validation, from 1e-6 to 100."""
    folds = Moments.of(features, y, fold)
    candidates = [10.0**power for power in range(-6, 3)]
    errors = []
    for penalty in candidates:
        error = 0.0
        for k in range(len(folds.count)):
            others = folds.count.clone()
            others[k] = 0
            w = folds.ridge(others / others.sum(), penalty)
            error += float(folds.risks(w)[k] * folds.count[k])
        errors.append(error)
    return candidates[errors.index(min(errors))]
