"""Statistics of a graph as a row of numbers, and how far apart two rows count as similar."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigvalsh
from tqdm import tqdm

from .graph_set import GraphSet
from .orbits import orbit_counts

NUM_CLUSTERING_BINS = 100
NUM_SPECTRUM_BINS = 200
SPECTRUM_RANGE = (-1e-5, 2.0)  # The whole multiples of 1/2 are not at the edge of a bin.


class Statistic(NamedTuple):
    r"""A statistic, and the width :math:`\sigma` of its kernel.

    Its function takes graphs with at least one node and whether to show progress, and returns a row
    for each graph. Shorter rows are padded with zeros.
    """

    function: Callable[[GraphSet, bool], np.ndarray]
    sigma: float


def degree_histograms(graphs: GraphSet, progress: bool = False) -> np.ndarray:
    """The fraction of nodes of each degree :math:`(G, d_{max} + 1)`."""
    degree = graphs.adjacency.sum(axis=1)
    width = int(degree.max(initial=0)) + 1
    flat = np.bincount(graphs.batch * width + degree, minlength=len(graphs) * width)
    return _normalized(flat.reshape(len(graphs), width))


def clustering_histograms(graphs: GraphSet, progress: bool = False) -> np.ndarray:
    """The fraction of nodes in each of 100 bins of local clustering coefficients."""
    degree = graphs.adjacency.sum(axis=1)
    # Triangles in both directions.
    closed = np.concatenate([(adj @ adj).multiply(adj).sum(axis=1) for adj in graphs.parts()])
    clustering = closed / np.maximum(degree * (degree - 1), 1)
    # Ours and numpy's bins agree also where a coefficient is at the edge of one.
    rows = [
        np.histogram(clustering[start:end], NUM_CLUSTERING_BINS, (0.0, 1.0))[0]
        for start, end in zip(graphs.ptr[:-1], graphs.ptr[1:], strict=True)
    ]
    return _normalized(np.array(rows).reshape(-1, NUM_CLUSTERING_BINS))


def mean_orbits(graphs: GraphSet, progress: bool = False) -> np.ndarray:
    """The mean of each of the 15 orbit counts over the nodes."""
    counts = orbit_counts(graphs).numpy()
    sums = np.zeros((len(graphs), counts.shape[1]), dtype=np.int64)
    np.add.at(sums, graphs.batch, counts)
    return sums / np.diff(graphs.ptr)[:, None]


def spectrum_histograms(graphs: GraphSet, progress: bool = False) -> np.ndarray:
    """The fraction of eigenvalues of the normalised Laplacian in each of 200 bins.

    The largest eigenvalue of a bipartite graph is 2, and round-off may put it above: it is put back
    to 2, where the original codes lose it, depending on the order of nodes.
    """
    rows = []
    for adjacency in tqdm(graphs, desc="spectrum", total=len(graphs), disable=not progress):
        degree = adjacency.sum(axis=1)
        scale = 1 / np.sqrt(np.maximum(degree, 1))
        laplacian = np.diag((degree > 0).astype(float))
        laplacian -= scale[:, None] * adjacency.toarray() * scale
        eigenvalues = np.clip(eigvalsh(laplacian), 0.0, 2.0)
        rows.append(np.histogram(eigenvalues, NUM_SPECTRUM_BINS, SPECTRUM_RANGE)[0])
    return _normalized(np.array(rows).reshape(-1, NUM_SPECTRUM_BINS))


#: Statistics by name, with the widths of SPECTRE and DiGress.
STATISTICS = {
    "degree": Statistic(degree_histograms, 1.0),
    "clustering": Statistic(clustering_histograms, 0.1),
    "orbit": Statistic(mean_orbits, 30.0),
    "spectrum": Statistic(spectrum_histograms, 1.0),
}


def _normalized(histograms: np.ndarray) -> np.ndarray:
    return histograms / histograms.sum(axis=1, keepdims=True)
