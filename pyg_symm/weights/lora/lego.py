"""Rank-wise clustering of LoRA adapters (LoRA-LEGO)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from pyg_symm.utils import check_choice

from .adapter import Adapter
from .clustering import FREE, GEOMETRIES, clusters_of
from .factors import Factors, balanced, inner, norm
from .merged import SEMANTICS, Merged, merge
from .ranks import Rank, rank_of
from .representatives import NORMS, REPRESENTATIVES, decay, represented
from .units import Pool

OUTPUTS = ("sqrt", "optimal", "none")


@dataclass(frozen=True)
class Recipe:
    """How the units of a module are merged."""

    cluster: str
    representative: str
    param_reweight: str
    output_reweight: str | float = "sqrt"
    semantics: str = "mean"
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("cluster", self.cluster, GEOMETRIES)
        check_choice("representative", self.representative, REPRESENTATIVES)
        check_choice("param_reweight", self.param_reweight, [*NORMS, "none"])
        check_choice("semantics", self.semantics, SEMANTICS)
        output = self.output_reweight
        if isinstance(output, bool) or not isinstance(output, (int, float)):
            check_choice("output_reweight", output, OUTPUTS)
        elif not math.isfinite(output):
            raise ValueError(f"'output_reweight' must be finite (got {output})")


PRESETS = {
    "paper": Recipe("raw", "centroid", "l2"),
    "gauge": Recipe("gauge", "rank1", "none"),
}


def lego_merge(
    adapters: Sequence[Adapter],
    rank: Rank = None,
    *,
    preset: str = "paper",
    param_reweight: str | None = None,
    output_reweight: str | float = "sqrt",
    semantics: str = "mean",
    weights: Sequence[float] | None = None,
    cluster: str | None = None,
    representative: str | None = None,
    seed: int = 0,
) -> Adapter:
    r"""Merges adapters by clustering their units, as in `"Merging LoRAs like Playing LEGO"
    <https://arxiv.org/abs/2409.16167>`_.

    The update :math:`s B A` of a module is a sum of units :math:`s \, b_j a_j^\top`. The units of
    all adapters form :math:`k` clusters, and each cluster gives one unit of the result:

    .. math::
        \mu_c = \frac{1}{|c|} \sum_{j \in c} [a_j; b_j], \qquad
        \mu_c \leftarrow \frac{\mathrm{mean}_{j \in c} \|[a_j; b_j]\|}{\|\mu_c\|} \mu_c, \qquad
        \Delta W = \sqrt{r / k} \sum_c \mu_c^b (\mu_c^a)^\top

    Identical adapters give that adapter. If :math:`k` is the number of units, the result is the sum
    of the updates times the output factor, which is :math:`\sqrt{r / k}` unless
    ``output_reweight="none"``.

    Args:
        adapters (Sequence): Adapters of one base model.
        rank (int, float, dict, optional): The number :math:`k` of clusters; a share of energy below
            1, for the smallest rank that can capture it; or a number for each module. (default: the
            largest rank of the module in an adapter)
        preset (str, optional): ``"paper"``: k-means on ``[a; b]``, centroids, and their norms
            restored. ``"gauge"``: k-means on the matrices :math:`b_j a_j^\top`, which do not change
            under :math:`(a, b) \to (t a, b / t)`, and the best matrix of rank one for the mean
            of each cluster. (default: :obj:`"paper"`)
        param_reweight (str, optional): ``"l2"`` or ``"linf"`` scales representatives to the mean
            norm of their units, ``"none"`` does not. (default: ``"l2"`` for ``preset="paper"``,
            ``"none"`` for ``preset="gauge"``)
        output_reweight (str or float, optional): The factor of the result: ``"sqrt"`` for
            :math:`\sqrt{r / k}`, with the mean rank :math:`r` of the adapters; ``"optimal"`` for
            the factor that comes closest to the sum or mean of the updates; ``"none"`` for 1; or
            a number. (default: :obj:`"sqrt"`)
        semantics (str, optional): ``"mean"``: a cluster counts as one unit. ``"sum"``: it
            counts as many times as it has units. (default: :obj:`"mean"`)
        weights (Sequence, optional): A factor for each adapter; ones if not given.
        cluster (str, optional): Another geometry than that of the preset: ``"raw"``,
            ``"normalized"``, ``"balanced"`` or ``"gauge"``.
        representative (str, optional): ``"centroid"`` or ``"rank1"``.
        seed (int, optional): The seed of k-means. (default: :obj:`0`)

    Returns:
        Adapter: The merged adapter, with scaling 1 and a ``.report``.

    Raises:
        ValueError: If adapters do not fit together, or if ``rank`` is larger than the number of
            units; the message names the module.

    Examples:
        >>> import torch
        >>> one = Adapter({"lin": (torch.eye(2, 3), torch.eye(4, 2), 1.0)})
        >>> same = Adapter({"lin": (-torch.eye(2, 3), -torch.eye(4, 2), 1.0)})
        >>> merged = lego_merge([one, same], preset="gauge")
        >>> torch.allclose(merged.delta("lin"), one.delta("lin"))
        True
        >>> merged.report["lin"].cluster_sizes
        (2, 2)
    """
    check_choice("preset", preset, PRESETS)
    usual = PRESETS[preset]
    recipe = replace(
        usual,
        cluster=usual.cluster if cluster is None else cluster,
        representative=usual.representative if representative is None else representative,
        param_reweight=usual.param_reweight if param_reweight is None else param_reweight,
        output_reweight=output_reweight,
        semantics=semantics,
        seed=seed,
    )
    return merge(
        adapters, weights, lambda name, pool: _lego(pool, rank_of(rank, name, pool), recipe)
    )


def _lego(pool: Pool, rank: int, recipe: Recipe) -> Merged:
    free = recipe.cluster in FREE or recipe.representative == "rank1"
    units = balanced(pool.factors) if free else pool.factors
    clusters = clusters_of(units, rank, recipe.cluster, recipe.seed)
    found, members = represented(units, clusters, recipe.representative, align=free)
    kept = decay(found, members, NORMS["l2"])
    factor = torch.ones_like(kept)
    if recipe.param_reweight != "none":
        left = decay(found, members, NORMS[recipe.param_reweight])
        factor = factor / left.where(left > 0, 1)
    if recipe.semantics == "sum":
        sizes = [float(len(cluster)) for cluster in clusters]
        factor = factor * factor.new_tensor(sizes).sqrt()
    factors = found[0] * factor.unsqueeze(1), found[1] * factor.unsqueeze(1)
    scale = _scale(recipe, pool, factors)
    filled = [value for value, cluster in zip(kept.tolist(), clusters, strict=True) if cluster]
    return Merged(factors, scale, clusters, filled)


def _scale(recipe: Recipe, pool: Pool, factors: Factors) -> float:
    """The factor of output reweighting."""
    if recipe.output_reweight == "none":
        return 1.0
    if recipe.output_reweight == "sqrt":
        return math.sqrt(sum(pool.present) / len(pool.present) / len(factors[0]))
    if recipe.output_reweight == "optimal":
        size = norm(factors)
        return inner(pool.target(recipe.semantics), factors) / size**2 if size > 0 else 1.0
    return float(recipe.output_reweight)
