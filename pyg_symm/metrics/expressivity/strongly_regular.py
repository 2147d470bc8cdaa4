"""Strongly regular graphs, and others as regular, that are hard to tell apart."""

import itertools

import torch
from torch_geometric.data import Data
from torch_geometric.utils import to_dense_adj

from .graphs import cayley_graph, from_edges, from_graph6
from .pairs import GraphPair

#: All 15 graphs srg(25, 12, 5, 6) in graph6, found by A. J. L. Paulus (1973), as in B. D. McKay's
#: collection, https://users.cecs.anu.edu.au/~bdm/data/graphs.html. The first is the Latin square
#: graph of the square of order 5 that is no group table, the second is the Paley graph.
SR25 = r"""
X}rM\QTeLEuUlQY[I\IgtWfTxCrhEOZo{FfwEew`LXMbWp}JDtM
X}rM\QWh[jUYkiYYJMBDfSrXsLRgdOMusE{{JQhgxiMDSxVEplU
X}rM\Qhd[fU`kdUSjDjHjWqxtOJdOgMxwEzYFRPgtdMDctfIpsu
X}rUTEdmTpQxbkSxHkZceZBLtObTQHHmsbM{EFxwrroAtQtBtBr
X}rUTEdmTpQybiSwhkjgeYbLrHBX`HI\wavYEFxwrroAt`tBsdr
X}rUTIbmLqQybiTWh[jcXZCtqpBYPHE]wcuyEFxwrroAtQtBtBr
X}rU\adeSetTjKWNJEYNR]PLjPBgUGVTkK^YKbipMcxbk`{DlXF
X}r^SQbkLJQjesS[jLJQhPxTcZZcZ?S|krEYBlQolTZDhWuNKKN
X}r^SQbkLQqjdwS[jLJJHQtTcZZcZ?L\krEYBlQostZDhWuNKKN
X}vEKeLlTTUXjKXXK[ZKo]EXZAqxI``\khVUD]VOVptAqtXBbrL
X}vEKiJklYUXjKXWk[jKo]EXYdQyD`amkgmuD]VGVpuAqtUBbrR
X}vEKiJlTTUUjQWxKkZKo]EXZBQxH`a]kguuC}NGZquAptYBdrJ
X}ve[IJd\FUImBSYmFJRIWfLLRYmJ?Tl[ZKYHhsokuXdhS{NKKN
X~rM[Edd\RRBkpOxlMIqZXDxTWZdQGX][fI[EsholidDRdVNGk]
X~rM[Ihi[eQVlQPTkTiqrWwxXgZgiGX^KfWqEdu?nG\dRP}NGk]
""".split()


def sr25_graphs() -> list[Data]:
    r"""The 15 strongly regular graphs of 25 nodes of degree 12, in which two neighbours share 5
    neighbours and two others share 6.
    """
    return [from_graph6(text) for text in SR25]


def sr25_pairs() -> list[GraphPair]:
    r"""All 105 pairs of the 15 graphs srg(25, 12, 5, 6).

    Neither 1-WL nor 2-FWL, the test on pairs of nodes, tells any two of them apart.

    Examples:
        >>> pairs = sr25_pairs()
        >>> len(pairs), pairs[0].name
        (105, 'srg(25,12,5,6) 1 / 2')
    """
    numbered = enumerate(sr25_graphs(), start=1)
    return [
        GraphPair(f"srg(25,12,5,6) {i} / {j}", one, other)
        for (i, one), (j, other) in itertools.combinations(numbered, 2)
    ]


def chang_pairs() -> list[GraphPair]:
    r"""All 6 pairs of the 4 graphs srg(28, 12, 6, 4): the line graph of the complete graph of 8
    nodes, and the three graphs of `L. C. Chang <https://mathworld.wolfram.com/ChangGraphs.html>`_.

    A Chang graph exchanges edges and gaps between a set of nodes and all others. The sets are the
    edges of four separate edges, of cycles of lengths 3 and 5, and of a cycle of length 8.

    Examples:
        >>> pairs = chang_pairs()
        >>> len(pairs), pairs[0].name, pairs[0].one.num_edges
        (6, 'T8 / Chang 1', 336)
    """
    lines = list(itertools.combinations(range(8), 2))
    adjacency = torch.tensor([[len({*one, *other}) == 3 for other in lines] for one in lines])
    rings: list[list[list[int]]] = [
        [],
        [[0, 1], [2, 3], [4, 5], [6, 7]],
        [[0, 1, 2], [3, 4, 5, 6, 7]],
        [list(range(8))],
    ]
    graphs = []
    for cycles in rings:
        chosen = {
            tuple(sorted((cycle[i - 1], node))) for cycle in cycles for i, node in enumerate(cycle)
        }
        inside = torch.tensor([line in chosen for line in lines])
        crossing = inside.unsqueeze(0) != inside.unsqueeze(1)
        graphs.append(from_edges((adjacency != crossing).nonzero().t(), len(lines)))
    names = ["T8", "Chang 1", "Chang 2", "Chang 3"]
    return [
        GraphPair(f"{names[i]} / {names[j]}", graphs[i], graphs[j])
        for i, j in itertools.combinations(range(4), 2)
    ]


def doob_pair() -> GraphPair:
    r"""Two distance-regular graphs of 64 nodes and of one intersection array: the Hamming graph
    :math:`H(3, 4)`, and the product of the Shrikhande graph and the complete graph of 4 nodes.

    Examples:
        >>> doob_pair().one
        Data(x=[64, 1], edge_index=[2, 576], num_nodes=64)
    """
    rook = cayley_graph([4, 4], [[0, 1], [0, 2], [1, 0], [2, 0]])
    shrikhande = cayley_graph([4, 4], [[0, 1], [1, 0], [1, 1]])
    clique = torch.ones(4, 4) - torch.eye(4)
    one, other = (
        torch.kron(to_dense_adj(data.edge_index)[0], torch.eye(4))
        + torch.kron(torch.eye(16), clique)
        for data in (rook, shrikhande)
    )
    return GraphPair(
        "H(3,4) / Doob", from_edges(one.nonzero().t(), 64), from_edges(other.nonzero().t(), 64)
    )
