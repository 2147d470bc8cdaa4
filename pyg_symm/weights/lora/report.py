"""What a merge has done to each module."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyg_symm.utils import markdown_table


@dataclass(frozen=True)
class ModuleReport:
    r"""How the units of one module were merged.

    Attributes:
        ranks (tuple): The rank in each adapter, zero where it lacks the module.
        rank (int): The rank of the result.
        scale (float): The factor of output reweighting.
        captured_energy (float): The squared cosine between the result and the weighted sum of the
            updates: the share of the sum's energy that the result has at its best scale.
        relative_error (float): The distance of the result from the sum, relative to the sum.
        clusters (tuple): The units ``(adapter, index)`` of each cluster, if there are clusters.
        purity (float or None): The share of units whose cluster has mostly units of their adapter.
        norm_decay (tuple): For each cluster, the norm of its representative before reweighting,
            relative to the mean norm of its units. A small ratio means that units cancel.
    """

    ranks: tuple[int, ...]
    rank: int
    scale: float
    captured_energy: float
    relative_error: float
    clusters: tuple[tuple[tuple[int, int], ...], ...] = ()
    purity: float | None = None
    norm_decay: tuple[float, ...] = ()

    @property
    def cluster_sizes(self) -> tuple[int, ...]:
        """The number of units of each cluster."""
        return tuple(map(len, self.clusters))


class MergeReport(dict[str, ModuleReport]):
    r"""A :class:`ModuleReport` for each module.

    Examples:
        >>> entry = ModuleReport((1, 1), 1, 1.0, 0.5, 0.75, (((0, 0), (1, 0)),), 0.5, (0.7,))
        >>> print(MergeReport(lin=entry).table())
        | module | units | rank | cluster sizes | purity | norm decay | energy | error |
        |--------|-------|------|---------------|--------|------------|--------|-------|
        | lin    | 2     | 1    | 2             | 0.50   | 0.70       | 0.500  | 0.750 |
    """

    def table(self) -> str:
        """A Markdown table, one row a module; norm decay is the mean over clusters."""
        head = ["module", "units", "rank", "cluster sizes", "purity", "norm decay"]
        rows = [[*head, "energy", "error"]]
        for name, entry in self.items():
            decay = entry.norm_decay
            rows.append(
                [
                    name,
                    str(sum(entry.ranks)),
                    str(entry.rank),
                    " ".join(str(size) for size in sorted(entry.cluster_sizes, reverse=True)),
                    "" if entry.purity is None else f"{entry.purity:.2f}",
                    f"{sum(decay) / len(decay):.2f}" if decay else "",
                    f"{entry.captured_energy:.3f}",
                    f"{entry.relative_error:.3f}",
                ]
            )
        return markdown_table(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for JSON."""
        return {name: {**_plain(asdict(entry))} for name, entry in self.items()}


def purity(clusters: tuple[tuple[tuple[int, int], ...], ...]) -> float:
    r"""The share of units whose cluster has mostly units of their adapter.

    Examples:
        >>> purity((((0, 0), (1, 0), (1, 1)), ((0, 1),)))
        0.75
    """
    owners = [[adapter for adapter, _ in cluster] for cluster in clusters]
    most = sum(max(map(members.count, set(members)), default=0) for members in owners)
    return most / sum(map(len, owners))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value
