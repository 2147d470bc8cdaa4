r"""Networks with fewer units: those that do the same become one."""

import math
from dataclasses import dataclass, field

import torch
from torch.nn import Module

from ..spec import PermutationSpec
from .blocks import Block, rows_of
from .folding import Fold, find_folds, folded_blocks, merge_folded
from .groups import Groups, merge_state
from .layout import Layout
from .paper import PaperPath
from .path import MergePath, WardPath
from .rebuild import resized

PRESETS = ("ward", "paper")
DISTANCES = {"both": ("in", "out"), "incoming": ("in",)}
DEAD = 1e-3


@dataclass
class MergeResult:
    r"""A merged network.

    Args:
        model (torch.nn.Module): The smaller module.
        groups (dict): The original indices of each new unit, for each class.
        widths (dict): The new size of each class.
        path (MergePath): The merges that were done, in their order.
        dead (dict): Original units that hardly depend on the input, or that are hardly used.
        beta (float): The threshold.
        preset (str): How units were merged.
        distance (str): What was compared.
    """

    model: Module
    groups: dict[str, list[list[int]]]
    widths: dict[str, int]
    path: MergePath
    dead: dict[str, list[int]] = field(default_factory=dict)
    beta: float = math.nan
    preset: str = "ward"
    distance: str = "both"


class Merger:
    r"""Merges the units of one network at any number of thresholds.

    The arguments are those of :func:`merge_features`.
    """

    def __init__(
        self,
        model: Module,
        spec: PermutationSpec,
        *,
        preset: str = "ward",
        distance: str = "both",
    ) -> None:
        for name, value, known in (("preset", preset, PRESETS), ("distance", distance, DISTANCES)):
            if value not in known:
                raise ValueError(f"'{name}' must be one of {list(known)} (got {value!r})")
        self.layout = Layout(model, spec)
        self.layout.check()
        self.preset, self.distance = preset, distance
        self.folds: list[Fold] = find_folds(self.layout) if preset == "ward" else []

    def blocks(self) -> list[Block]:
        r"""The arrays whose rows are compared."""
        if self.preset == "ward":
            return folded_blocks(self.layout, self.folds)
        state = {name: t for name, t in self.layout.state.items() if t.dim() > 1}
        return self.layout.blocks(state)

    def path(self, beta: float = math.inf) -> MergePath:
        r"""The merges up to a threshold. With ``"ward"``, thresholds below cut the same path."""
        kind = WardPath if self.preset == "ward" else PaperPath
        layout = self.layout
        path = kind(self.blocks(), layout.free, DISTANCES[self.distance], layout.parts)
        reference = dict(path.reference)
        return MergePath(path.run(beta), dict(layout.spec.classes), reference, layout.levels)

    def build(self, groups: Groups) -> Module:
        r"""The smaller module."""
        if self.preset == "paper":
            state = merge_state(self.layout, groups, paper=True)
        else:
            state = merge_folded(self.layout, self.folds, groups)
        return resized(self.layout.model, state)

    def dead(self) -> dict[str, list[int]]:
        r"""Units whose incoming weights or outgoing weights are below 1/1000 of the longest."""
        found: dict[str, list[int]] = {}
        blocks = [b for b in folded_blocks(self.layout, self.folds) if b.data.dim() > 1]
        for name, size in self.layout.free.items():
            dead = torch.zeros(size, dtype=torch.bool)
            for role in ("in", "out"):
                norms = rows_of(blocks, name, role)
                if len(norms):
                    norms = norms.norm(dim=1)
                    dead |= norms <= DEAD * norms.max()
            found[name] = dead.nonzero().view(-1).tolist()
        return found


def check_beta(beta: float, name: str = "beta") -> float:
    r"""Checks that a threshold is between 0 and 1.

    Raises:
        ValueError: If it is not a number, or out of range.
    """
    if isinstance(beta, bool) or not isinstance(beta, int | float) or not 0 <= beta <= 1:
        raise ValueError(f"'{name}' must be between 0 and 1 (got {beta!r})")
    return float(beta)


def merge_features(
    model: Module,
    spec: PermutationSpec,
    beta: float,
    *,
    preset: str = "ward",
    distance: str = "both",
) -> MergeResult:
    r"""Merges units of a network that do nearly the same, without data, after
    `Going Beyond Neural Network Feature Similarity: The Network Feature Complexity and Its
    Interpretation Using Category Theory <https://arxiv.org/abs/2310.06756>`_.

    Units of a class are compared by the weights that write and read them. The default merges the
    two groups with the least Ward's cost, relative to the largest distance of the class in the
    untouched network,

    .. math::
        \frac{2 c_m c_n}{c_m + c_n} \| \mu_m - \mu_n \|^2 \le \beta \max_{i, j} \| x_i - x_j \|^2,

    with :math:`\mu` the means and :math:`c` the sizes of the groups, over all classes, until none
    costs less than the threshold. The merged unit has the mean of the incoming weights, biases
    included, and the sum of the outgoing ones. Equal units are merged exactly, whatever the
    activation. Batch norms are folded into the layer before for the comparison.

    ``preset="paper"`` is the published procedure: incoming weights are summed and outgoing ones
    averaged, which is exact for activations like ReLU only; biases do not count; vectors of norms
    are summed, which is not exact; the threshold is relative to the largest distance at present.

    Args:
        model (torch.nn.Module): The network, which stays as it is.
        spec (PermutationSpec): Its classes. Frozen ones are not merged, nor are classes of whole
            attention heads; channels of a head merge within it, and all heads keep equal widths.
        beta (float): The threshold between 0 and 1. Its meaning depends on the preset.
        preset (str, optional): ``"ward"`` or ``"paper"``. (default: :obj:`"ward"`)
        distance (str, optional): ``"both"``, or ``"incoming"`` to compare only what writes the
            units, which suffices for exactness. (default: :obj:`"both"`)

    Returns:
        MergeResult: The smaller ``model``, ``groups`` of original units, ``widths`` and ``path``.

    Raises:
        ValueError: If the specification does not cover the model, a tensor holds NaN, an argument
            is out of range, or a class cannot be merged exactly, such as one with a LayerNorm.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> _ = torch.manual_seed(0)
        >>> model = torch.nn.Sequential(
        ...     torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
        >>> with torch.no_grad():  # Units 1 and 3 do the same.
        ...     _ = model[0].weight[3].copy_(model[0].weight[1])
        ...     _ = model[0].bias[3].copy_(model[0].bias[1])
        >>> result = merge_features(model, mlp_spec([3, 4, 2]), 1e-6, distance="incoming")
        >>> result.model
        Sequential(
          (0): Linear(in_features=3, out_features=3, bias=True)
          (1): Tanh()
          (2): Linear(in_features=3, out_features=2, bias=True)
        )
        >>> result.groups
        {'h0': [[0], [1, 3], [2]]}
        >>> x = torch.randn(5, 3)
        >>> torch.allclose(result.model(x), model(x), atol=1e-6)
        True
    """
    beta = check_beta(beta)
    merger = Merger(model, spec, preset=preset, distance=distance)
    path = merger.path(beta)
    groups = path.groups(beta)
    return MergeResult(
        merger.build(groups),
        groups,
        {name: len(units) for name, units in groups.items()},
        path,
        merger.dead(),
        beta,
        preset,
        distance,
    )
