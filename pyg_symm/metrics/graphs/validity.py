"""Whether generated graphs belong to a family."""

from collections.abc import Callable, Collection

import networkx as nx
import torch
from torch import Tensor
from tqdm import tqdm

from pyg_symm.utils import parallel_map

from .block_model import BlockModelTest
from .graph_set import Graphs, GraphSet, graph_set

#: Says of a graph that has nodes whether it is valid.
Property = Callable[[nx.Graph], bool]


def is_planar(graph: nx.Graph) -> bool:
    """Whether a graph is connected and can be drawn without crossings."""
    return nx.is_connected(graph) and nx.check_planarity(graph)[0]


#: What graphs can be tested for, by name.
KINDS: dict[str, Property] = {
    "planar": is_planar,
    "tree": nx.is_tree,
    "sbm": BlockModelTest(),
    "community": BlockModelTest((2, 2), (6, 10), p_in=0.7, p_out=0.015, threshold=0.8),
    "connected": nx.is_connected,
}


def property_of(kind: str | Property) -> Property:
    """What a name of :func:`graph_validity` stands for; a function stands for itself."""
    if not isinstance(kind, str):
        return kind
    if kind not in KINDS:
        raise ValueError(f"'kind' must be one of {list(KINDS)} or a function (got {kind!r})")
    return KINDS[kind]


def kind_of_family(family: str, changed: Collection[str] = ()) -> str:
    r"""What graphs of a family of :class:`~pyg_symm.datasets.GenericGraphs` all are.

    Args:
        family (str): The name of the family.
        changed (Collection, optional): Names of sizes of the family that are not the usual ones.
            (default: none)

    Returns:
        str: A name of :func:`graph_validity`: the family's own, or ``"connected"`` if it has none.

    Raises:
        ValueError: If the test is for the usual sizes only.

    Examples:
        >>> kind_of_family("tree"), kind_of_family("grid")
        ('tree', 'connected')
    """
    kind = family if family in KINDS else "connected"
    if isinstance(KINDS[kind], BlockModelTest) and changed:
        raise ValueError(
            f"'kind' must be given where 'sizes' change what is tested (got null, and "
            f"{sorted(changed)} for '{family}')"
        )
    return kind


def graph_validity(
    graphs: Graphs | GraphSet,
    kind: str | Property = "planar",
    workers: int = 0,
    progress: bool = False,
) -> Tensor:
    r"""Whether each graph is valid.

    - ``"planar"``: planar and connected
    - ``"tree"``: connected and without cycles
    - ``"sbm"``: 2 to 5 blocks of 20 to 40 nodes whose edges pass the Wald test of
      :class:`BlockModelTest`. The blocks are fitted by our own code, not by *graph-tool*.
    - ``"community"``: the same test with two blocks of 6 to 10 nodes, for small communities. Its
      limits are our own: of 300 graphs of that family 98% pass.
    - ``"connected"``: connected, for families without a test of their own

    A graph without nodes is not valid.

    Args:
        graphs (Graphs): Graphs of PyG or networkx, or a batch.
        kind (str or Callable, optional): One of the names, or any function of a networkx graph,
            such as ``BlockModelTest(block_size=(8, 12))``. (default: :obj:`"planar"`)
        workers (int, optional): Number of processes; with 0 or 1, no other process is started.
            Scripts with several need ``if __name__ == "__main__":``, and :obj:`kind` must be
            picklable.
            (default: :obj:`0`)
        progress (bool, optional): Whether to show progress. (default: :obj:`False`)

    Returns:
        torch.Tensor: Booleans :math:`(G)`.

    Raises:
        ValueError: If there is no such kind, or if :obj:`workers` is negative.

    Examples:
        >>> graphs = [nx.cycle_graph(5), nx.complete_graph(5), nx.path_graph(5)]
        >>> graph_validity(graphs, "planar"), graph_validity(graphs, "tree")
        (tensor([ True, False,  True]), tensor([False, False,  True]))
    """
    check = property_of(kind)
    if workers < 0:
        raise ValueError(f"'workers' must not be negative (got {workers})")
    each = graph_set(graphs).networkx()
    valid = torch.tensor([len(graph) > 0 for graph in each], dtype=torch.bool)
    some = [graph for graph in each if len(graph) > 0]
    size = max(1, len(some) // (4 * max(workers, 1)))
    with tqdm(desc="validity", total=len(some), unit="graph", disable=not progress) as bar:
        # A fork of a process that has threads, as BLAS has, may hang.
        results = parallel_map(
            check, some, max(workers, 1), chunk_size=size, spawn=True, threads=None, bar=bar
        )
        valid[valid.clone()] = torch.tensor([bool(r) for r in results], dtype=torch.bool)
    return valid
