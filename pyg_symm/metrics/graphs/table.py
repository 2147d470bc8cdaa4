"""All statistics of generated graphs in one row."""

from collections.abc import Sequence

import torch

from .graph_set import Graphs, graph_set
from .isomorphism import isomorphism_classes
from .mmd import graph_mmd
from .validity import Property, graph_validity


def graph_table(
    generated: Graphs,
    train: Graphs,
    test: Graphs,
    kind: str | Property = "planar",
    statistics: Sequence[str] = ("degree", "clustering", "orbit", "spectrum"),
    workers: int = 0,
    progress: bool = False,
) -> dict[str, float]:
    r"""Evaluates generated graphs as SPECTRE and later papers do.

    Fractions of the generated graphs, larger is better:

    - ``"valid"``: as :func:`graph_validity` says
    - ``"unique"``: classes of isomorphic graphs, for each graph
    - ``"novel"``: not isomorphic to one of :obj:`train`
    - ``"vun"``: classes that are valid and novel, for each graph

    Discrepancies to :obj:`test`, smaller is better: one for each of :obj:`statistics`, and
    ``"ratio"``, their mean in units of what :obj:`train` itself has, see :func:`graph_mmd`. Tables
    elsewhere have a fifth statistic in the mean, of spectral wavelets, which is left out here: a
    ratio is comparable between rows from here.

    Args:
        generated (Graphs): Graphs of PyG or networkx, or a batch.
        train (Graphs): The training graphs.
        test (Graphs): The test graphs.
        kind (str or Callable, optional): What is valid, as for :func:`graph_validity`.
            (default: :obj:`"planar"`)
        statistics (Sequence, optional): As for :func:`graph_mmd`. (default: all)
        workers (int, optional): Number of processes that test the validity; with 0 or 1, this
            process does. (default: :obj:`0`)
        progress (bool, optional): Whether to show progress. (default: :obj:`False`)

    Returns:
        dict: ``"num_graphs"``, the four fractions, the discrepancies and the ratio. Without
        generated graphs, all fractions are 0 and all discrepancies 2, the worst there is.

    Examples:
        >>> import networkx as nx
        >>> cycles = [nx.cycle_graph(n) for n in range(4, 24)]
        >>> table = graph_table(cycles[:8] + [nx.complete_graph(5)], cycles[4:16], cycles[16:])
        >>> {name: round(table[name], 2) for name in ("valid", "unique", "novel", "vun")}
        {'valid': 0.89, 'unique': 1.0, 'novel': 0.56, 'vun': 0.44}
    """
    made, seen, unseen = (
        graph_set(graphs, name)
        for graphs, name in ((generated, "generated"), (train, "train"), (test, "test"))
    )
    valid = graph_validity(made, kind, workers, progress)
    # Numbered in the order of appearance: the seen graphs first, then the new classes.
    classes = isomorphism_classes(seen + made, progress)
    known = int(classes[: len(seen)].max()) + 1 if len(seen) > 0 else 0
    classes = classes[len(seen) :]
    novel = classes >= known
    count = max(len(made), 1)
    fractions = {
        "valid": int(valid.sum()) / count,
        "unique": classes.unique().numel() / count,
        "novel": int(novel.sum()) / count,
        "vun": classes[torch.logical_and(valid, novel)].unique().numel() / count,
    }
    distances = graph_mmd(made, unseen, statistics, seen, progress)
    return {"num_graphs": float(len(made)), **fractions, **distances}
