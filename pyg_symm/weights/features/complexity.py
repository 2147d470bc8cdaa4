"""How many units of each layer are left when those that do nearly the same are merged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn import Module

from pyg_symm.utils.table import markdown_table

from ..spec import PermutationSpec
from .merging import Merger, check_beta

BETAS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


@dataclass
class FeatureComplexity:
    r"""Curves over the threshold.

    Args:
        betas (list): The thresholds, ascending.
        classes (dict): The original size of each class.
        widths (dict): The sizes of each class at each threshold.
        parameters (list): The number of parameters at each threshold.
        original (int): The number of parameters of the network.
        dead (dict): How many units of each class hardly depend on the input or are hardly read.
            They are among those that merge first.
        values (list): What ``evaluate`` returned at each threshold.
    """

    betas: list[float]
    classes: dict[str, int]
    widths: dict[str, list[int]]
    parameters: list[int]
    original: int
    dead: dict[str, int]
    values: list[float] = field(default_factory=list)

    @property
    def relative(self) -> dict[str, list[float]]:
        r"""The widths as shares of the original ones."""
        return {name: [n / self.classes[name] for n in w] for name, w in self.widths.items()}

    @property
    def area(self) -> dict[str, float]:
        r"""The mean of the relative width over the thresholds, by trapezoids."""
        span = self.betas[-1] - self.betas[0]
        if span == 0:
            return {name: shares[0] for name, shares in self.relative.items()}
        x = torch.tensor(self.betas, dtype=torch.float64)
        return {
            name: float(torch.trapezoid(torch.tensor(shares, dtype=torch.float64), x)) / span
            for name, shares in self.relative.items()
        }

    def table(self, value: str = "value") -> str:
        r"""A Markdown table with a row for each threshold.

        Args:
            value (str, optional): What was evaluated. (default: :obj:`"value"`)
        """
        names = list(self.classes)
        head = ["beta", *names, "parameters", "of the original"]
        rows = [[*head, value] if self.values else head]
        for i, beta in enumerate(self.betas):
            row = [f"{beta:g}", *(str(self.widths[name][i]) for name in names)]
            row += [f"{self.parameters[i]:,}", f"{100 * self.parameters[i] / self.original:.1f} %"]
            rows.append([*row, f"{self.values[i]:.4f}"] if self.values else row)
        return markdown_table(rows)

    def to_dict(self) -> dict[str, Any]:
        r"""Everything in plain numbers, lists and dictionaries."""
        return {**vars(self), "relative": self.relative, "area": self.area}


def feature_complexity(
    model: Module,
    spec: PermutationSpec,
    betas: Sequence[float] = BETAS,
    *,
    preset: str = "ward",
    distance: str = "both",
    evaluate: Callable[[Module], float] | None = None,
) -> FeatureComplexity:
    r"""The feature complexity of each layer, after `Going Beyond Neural Network Feature Similarity
    <https://arxiv.org/abs/2310.06756>`_: how many units are left when those that do nearly the
    same are merged.

    This is a heuristic count. It depends on the threshold and on what is compared; the theory
    behind it concerns features that are equal for every input.

    Args:
        model (torch.nn.Module): The network, which stays as it is.
        spec (PermutationSpec): Its classes.
        betas (sequence of float, optional): Thresholds. With ``"ward"``, all of them cut one path
            of merges. (default: 11 of them from 0 to 0.5)
        preset (str, optional): As in :func:`merge_features`. (default: :obj:`"ward"`)
        distance (str, optional): As in :func:`merge_features`. (default: :obj:`"both"`)
        evaluate (callable, optional): A number of the smaller model at each threshold, such as its
            accuracy. (default: :obj:`None`)

    Raises:
        ValueError: As :func:`merge_features`, and if there is no threshold.

    Examples:
        >>> from torch.nn import Linear, ReLU, Sequential
        >>> from pyg_symm.weights import mlp_spec
        >>> _ = torch.manual_seed(0)
        >>> model = Sequential(Linear(3, 8), ReLU(), Linear(8, 2))
        >>> feature_complexity(model, mlp_spec([3, 8, 2]), [0, 0.2, 1]).widths
        {'h0': [8, 7, 1]}
    """
    if not len(betas):
        raise ValueError("'betas' must not be empty")
    levels = sorted({check_beta(beta, "betas") for beta in betas})
    merger = Merger(model, spec, preset=preset, distance=distance)
    path = merger.path(levels[-1])
    result = FeatureComplexity(
        levels,
        dict(spec.classes),
        {name: [] for name in spec.classes},
        [],
        _parameters(model),
        {name: len(units) for name, units in merger.dead().items()},
    )
    for beta in levels:
        if preset == "paper":
            path = merger.path(beta)
        groups = path.groups(beta)
        smaller = merger.build(groups)
        for name, units in groups.items():
            result.widths[name].append(len(units))
        result.parameters.append(_parameters(smaller))
        if evaluate is not None:
            result.values.append(float(evaluate(smaller)))
    return result


def _parameters(model: Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
