"""Distances between sets of graphs, by statistics of the graphs."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.spatial.distance import cdist

from .descriptors import STATISTICS
from .graph_set import Graphs, GraphSet, graph_set

#: The distance to a set without graphs, the largest possible value.
WORST_MMD = 2.0

# Smaller divisors print as 0.0000 and are noise.
_LEAST_DIVISOR = 0.00005


def total_variation_mmd(one: np.ndarray, other: np.ndarray, sigma: float) -> float:
    r"""The squared maximum mean discrepancy of two samples, biased.

    .. math::
        \mathrm{MMD}^2 = \frac{1}{m^2} \sum_{i,j} k(x_i, x_j)
        + \frac{1}{n^2} \sum_{i,j} k(y_i, y_j) - \frac{2}{mn} \sum_{i,j} k(x_i, y_j),
        \quad
        k(x, y) = \exp\!\left(-\frac{\mathrm{TV}(x, y)^2}{2 \sigma^2}\right),
        \quad
        \mathrm{TV}(x, y) = \tfrac{1}{2} \lVert x - y \rVert_1

    Equal rows are merged first, so that equal samples give exactly 0 and the order of rows does not
    change the result.

    Args:
        one (numpy.ndarray): Rows :math:`(m, F)`.
        other (numpy.ndarray): Rows :math:`(n, F')`; the shorter ones are filled up with zeros.
        sigma (float): The width of the kernel.

    Returns:
        float: The discrepancy. If one sample is empty, 2, which no other can reach; if both are, 0.
    """
    if len(one) == 0 or len(other) == 0:
        return 0.0 if len(one) == len(other) else WORST_MMD
    width = max(one.shape[1], other.shape[1])
    rows = np.concatenate([np.pad(x, ((0, 0), (0, width - x.shape[1]))) for x in (one, other)])
    rows, index = np.unique(rows, axis=0, return_inverse=True)
    index = index.reshape(-1)  # One version of numpy returns a column.
    weight = np.bincount(index[: len(one)], minlength=len(rows)) / len(one)
    weight = weight - np.bincount(index[len(one) :], minlength=len(rows)) / len(other)
    rows, weight = rows[weight != 0], weight[weight != 0]
    total = 0.0
    for start in range(0, len(rows), 1024):  # Bounds the distances in memory.
        part = slice(start, start + 1024)
        distance = cdist(rows[part], rows, "cityblock") / 2
        total += float(weight[part] @ np.exp(-(distance**2) / (2 * sigma**2)) @ weight)
    # The kernel is not quite positive definite, and round-off may be negative too.
    return max(total, 0.0)


def graph_mmd(
    generated: Graphs | GraphSet,
    reference: Graphs | GraphSet,
    statistics: Sequence[str] = ("degree", "clustering", "orbit", "spectrum"),
    train: Graphs | GraphSet | None = None,
    progress: bool = False,
) -> dict[str, float]:
    r"""Squared maximum mean discrepancies between generated graphs and others.

    As in the codes of `"SPECTRE" <https://arxiv.org/abs/2204.01613>`_ and `"DiGress"
    <https://arxiv.org/abs/2209.14734>`_, after `"GRAN" <https://arxiv.org/abs/1910.00760>`_:
    biased, squared, with a Gaussian of the total variation, see :func:`total_variation_mmd`. A
    graph becomes, for

    - ``"degree"``: a histogram of degrees, :math:`\sigma = 1`
    - ``"clustering"``: a histogram of local clustering coefficients, 100 bins from 0 to 1,
      :math:`\sigma = 0.1`
    - ``"orbit"``: the mean of :func:`orbit_counts` over nodes, not normalised,
      :math:`\sigma = 30`
    - ``"spectrum"``: a histogram of eigenvalues of the normalised Laplacian, 200 bins from
      :math:`-10^{-5}` to 2, :math:`\sigma = 1`

    Graphs without nodes are left out, as there. Edges count without direction and labels.

    Args:
        generated (Graphs): Graphs of PyG or networkx, or a batch.
        reference (Graphs): The graphs to compare with, usually those for testing.
        statistics (Sequence, optional): Some of the names above. (default: all)
        train (Graphs, optional): If given, ``"ratio"`` is added: the mean, over statistics, of
            the discrepancy divided by the one between these and :obj:`reference`. As in other
            codes, a statistic whose divisor rounds to 0.0000 is left out. (default: :obj:`None`)
        progress (bool, optional): Whether to show progress. (default: :obj:`False`)

    Returns:
        dict: A number for each statistic, 0 for equal sets. If one of the sets is empty, all are 2,
        the worst there is. The ratio is ``nan`` if it has no statistic to be of.

    Raises:
        ValueError: If a statistic is unknown, or if there are no graphs in any form.

    Examples:
        >>> import networkx as nx
        >>> cycles = [nx.cycle_graph(n) for n in range(5, 10)]
        >>> graph_mmd(cycles, cycles[::-1], ["degree", "spectrum"])
        {'degree': 0.0, 'spectrum': 0.0}
        >>> paths = [nx.path_graph(n) for n in range(5, 10)]
        >>> round(graph_mmd(paths, cycles)["degree"], 4)
        0.0865
    """
    unknown = [name for name in statistics if name not in STATISTICS]
    if isinstance(statistics, str) or unknown:
        raise ValueError(f"'statistics' must be some of {list(STATISTICS)} (got {statistics!r})")
    named = {"generated": generated, "reference": reference, "train": train}
    sets = {
        key: _with_nodes(graph_set(graphs, key))
        for key, graphs in named.items()
        if graphs is not None
    }
    result, ratios = {}, []
    for name in statistics:
        function, sigma = STATISTICS[name]
        rows = {key: function(graphs, progress) for key, graphs in sets.items()}
        result[name] = total_variation_mmd(rows["generated"], rows["reference"], sigma)
        if "train" in rows:
            divisor = total_variation_mmd(rows["train"], rows["reference"], sigma)
            if divisor >= _LEAST_DIVISOR:
                ratios.append(result[name] / divisor)
    if train is not None:
        result["ratio"] = float(np.mean(ratios)) if ratios else float("nan")
    return result


def _with_nodes(graphs: GraphSet) -> GraphSet:
    if (np.diff(graphs.ptr) > 0).all():
        return graphs
    return GraphSet(graphs.edge_index, torch.from_numpy(np.unique(graphs.ptr)))
