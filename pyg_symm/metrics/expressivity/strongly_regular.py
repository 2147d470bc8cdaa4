"""The strongly regular graphs of 25 nodes and degree 12."""

import itertools

from torch_geometric.data import Data

from .graphs import from_graph6
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
        GraphPair(f"srg(25,12,5,6) {i} / {j}", one, other, threshold=1e-10)
        for (i, one), (j, other) in itertools.combinations(numbered, 2)
    ]
