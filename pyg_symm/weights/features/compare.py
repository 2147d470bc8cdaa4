"""Ways to make a network smaller, beside each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch.nn import Module

from ..spec import PermutationSpec
from .complexity import FeatureComplexity, feature_complexity
from .pruning import prune_features

#: Presets and distances of merging by name; pruning leaves out the smallest units.
METHODS = {
    "ward": {"preset": "ward"},
    "ward, incoming": {"preset": "ward", "distance": "incoming"},
    "paper": {"preset": "paper"},
}
PRUNING = "magnitude"


@dataclass
class SizeCurve:
    r"""What networks of different sizes reach.

    Args:
        shares (list): Parameters of each network as a share of the original.
        values (list): What was evaluated.
    """

    shares: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def at(self, share: float) -> float:
        r"""The value at a share of the parameters, between those of the networks beside it.

        NaN where no network is as small.
        """
        order = np.argsort(self.shares, kind="stable")
        x, y = np.array(self.shares)[order], np.array(self.values)[order]
        return float(np.interp(share, x, y)) if share >= x[0] else float("nan")


def compare_sizes(
    model: Module,
    spec: PermutationSpec,
    betas: Sequence[float],
    evaluate: Callable[[Module], float],
) -> tuple[dict[str, FeatureComplexity], dict[str, SizeCurve]]:
    r"""Merging by both presets and pruning by magnitude, over the number of parameters.

    Pruning keeps as many units of every class as ``preset="ward"`` does at each threshold.

    Args:
        model (torch.nn.Module): The network, which stays as it is.
        spec (PermutationSpec): Its classes.
        betas (sequence of float): Thresholds.
        evaluate (callable): A number of a network, such as its accuracy.

    Returns:
        tuple: The curve of each way of merging, and of each way to make the network smaller what
        it reaches.
    """
    merged = {
        name: feature_complexity(model, spec, betas, evaluate=evaluate, **options)
        for name, options in METHODS.items()
    }
    sizes = {
        name: SizeCurve([n / c.original for n in c.parameters], list(c.values))
        for name, c in merged.items()
    }
    curve, pruned = merged["ward"], SizeCurve()
    for i, parameters in enumerate(curve.parameters):
        widths = {name: w[i] for name, w in curve.widths.items() if w[i] < curve.classes[name]}
        smaller = prune_features(model, spec, widths)
        pruned.shares.append(parameters / curve.original)
        pruned.values.append(float(evaluate(smaller)))
    return merged, {**sizes, PRUNING: pruned}
