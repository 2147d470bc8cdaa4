"""What all merges share: a rule for the pool of one module makes an adapter with a report."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .adapter import Adapter
from .factors import Factors, distance, inner, norm
from .report import MergeReport, ModuleReport, purity
from .units import Pool, assembled, pools

SEMANTICS = ("mean", "sum")


@dataclass(frozen=True)
class Merged:
    r"""One merged module.

    Attributes:
        factors (tuple): Rows ``[k, d_in]`` and ``[k, d_out]``, before the scale.
        scale (float): The factor of the result.
        clusters (list): The numbers of the units of each cluster, if there are clusters.
        norm_decay (list): How much shorter each representative was than its units.
    """

    factors: Factors
    scale: float = 1.0
    clusters: Sequence[Sequence[int]] = ()
    norm_decay: Sequence[float] = ()


def merge(
    adapters: Sequence[Adapter],
    weights: Sequence[float] | None,
    rule: Callable[[str, Pool], Merged],
) -> Adapter:
    """An adapter from a rule for every module, with a report."""
    modules, report = {}, MergeReport()
    for name, pool in pools(adapters, weights).items():
        merged = rule(name, pool)
        modules[name] = scaled(merged.factors, merged.scale)
        report[name] = _described(pool, merged, modules[name])
    adapter = assembled(adapters, modules)
    adapter.report = report
    return adapter


def scaled(x: Factors, scale: float) -> Factors:
    """A multiple of a matrix, the root of the factor on each side."""
    root = math.sqrt(abs(scale))
    return x[0] * root, x[1] * math.copysign(root, scale)


def _described(pool: Pool, merged: Merged, result: Factors) -> ModuleReport:
    whole, size = norm(pool.factors), norm(result)
    product = inner(pool.factors, result)
    clusters = tuple(
        tuple((pool.owner[unit], pool.index[unit]) for unit in cluster)
        for cluster in merged.clusters
    )
    return ModuleReport(
        ranks=pool.ranks,
        rank=len(result[0]),
        scale=merged.scale,
        captured_energy=min((product / (whole * size)) ** 2, 1.0) if whole * size > 0 else 0.0,
        relative_error=distance(result, pool.factors) / whole if whole > 0 else 0.0,
        clusters=clusters,
        purity=purity(clusters) if clusters else None,
        norm_decay=tuple(merged.norm_decay),
    )
