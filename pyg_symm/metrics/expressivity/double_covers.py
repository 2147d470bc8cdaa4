r"""Random pairs of double covers of one graph.

A double cover of a base graph has the nodes :math:`(v, 0)` and :math:`(v, 1)` for every node
:math:`v`, of its colour. A voltage :math:`\sigma_{uv} \in \mathbb{Z}_2` of every edge says how the
sheets are joined: :math:`(u, s)` with :math:`(v, s + \sigma_{uv})`.

*Equal to 1-WL.* The map :math:`(v, s) \mapsto v` is one-to-one on the neighbours of every node, so
that colour refinement gives :math:`(v, s)` what it gives :math:`v`, whatever the voltages are.

*Not isomorphic.* Let refinement give every node of the base a colour of its own. An isomorphism
between two covers keeps colours, hence maps :math:`(v, s)` to :math:`(v, s + f_v)`, and the
voltages obey :math:`\sigma'_{uv} = \sigma_{uv} + f_u + f_v`: every cycle has the same sum in
both. Here one cycle has not. In one cover it is there twice, in the other once with double length.

*How far one must look.* The base is a tree with chords that close cycles of length :math:`c` and
none that are shorter. Balls of radius :math:`k` are trees if :math:`2 k + 1 < c`, and the one
around :math:`(v, s)` is then the same in both covers.
"""

import torch
from torch import Tensor

from pyg_symm.graphs import refined_colors

from .graphs import from_edges
from .pairs import GraphPair


def _tree_with_chords(
    num_nodes: int, num_chords: int, cycle_length: int, generator: torch.Generator
) -> Tensor:
    """Edges [2, E], the chords last; fewer of them if there is no room for a chord."""
    node = torch.arange(1, num_nodes)
    # A long and thin tree: each node hangs on the one or the two before it.
    back = torch.randint(2, node.shape, generator=generator).clamp(max=node - 1)
    edges = torch.stack([node - 1 - back, node])
    for _ in range(num_chords):
        step = torch.eye(num_nodes, dtype=torch.double)
        step[edges[0], edges[1]] = step[edges[1], edges[0]] = 1.0
        near = torch.linalg.matrix_power(step, cycle_length - 2)
        apart = ((near @ step > 0) & (near == 0)).triu().nonzero()  # Of distance cycle_length - 1.
        if apart.size(0) == 0:
            break
        chosen = torch.randint(apart.size(0), (1,), generator=generator)
        edges = torch.cat([edges, apart[chosen].t()], dim=1)
    return edges


def double_cover_pair(
    generator: torch.Generator,
    num_nodes: int = 24,
    num_chords: int = 3,
    cycle_length: int = 5,
    name: str = "double covers",
) -> GraphPair:
    r"""Two connected double covers of one random graph, whose nodes have one of two colours.

    In one cover, all chords of the tree but the last lead to the other sheet, in the other cover
    all do. The mathematics stands at the head of the module.

    Args:
        generator (torch.Generator): Source of randomness.
        num_nodes (int, optional): Nodes of the base, half of those of the pair. At least three
            times the cycle length. (default: :obj:`24`)
        num_chords (int, optional): Chords of the base, at least 2. (default: :obj:`3`)
        cycle_length (int, optional): Length of the shortest cycle in which the two differ, at
            least 3. (default: :obj:`5`)
        name (str, optional): The name of the pair. (default: ``"double covers"``)

    Examples:
        >>> double_cover_pair(torch.Generator().manual_seed(0)).one
        Data(x=[48, 1], edge_index=[2, 104], num_nodes=48)
    """
    if num_chords < 2:
        raise ValueError(f"'num_chords' must be at least 2 (got {num_chords})")
    if cycle_length < 3:
        raise ValueError(f"'cycle_length' must be at least 3 (got {cycle_length})")
    if num_nodes < 3 * cycle_length:
        raise ValueError(f"'num_nodes' must be at least {3 * cycle_length} (got {num_nodes})")
    num_edges = num_nodes - 1 + num_chords
    for _ in range(100):
        edges = _tree_with_chords(num_nodes, num_chords, cycle_length, generator)
        color = torch.randint(2, (num_nodes,), generator=generator)
        refined = refined_colors(color, torch.cat([edges, edges.flip(0)], dim=1))
        if edges.size(1) == num_edges and refined.unique().numel() == num_nodes:
            break
    else:
        raise ValueError(f"'num_chords' is too large for {num_nodes} nodes (got {num_chords})")
    x = color.repeat(2).float().view(-1, 1)
    voltage = torch.zeros(num_edges, dtype=torch.bool)
    voltage[num_nodes - 1 :] = True
    other = from_edges(_cover(edges, voltage, num_nodes), 2 * num_nodes, x)
    voltage[-1] = False
    return GraphPair(name, from_edges(_cover(edges, voltage, num_nodes), 2 * num_nodes, x), other)


def _cover(edges: Tensor, voltage: Tensor, num_nodes: int) -> Tensor:
    source, target = edges
    sheet = voltage * num_nodes
    first, second = target + sheet, target + num_nodes - sheet
    return torch.stack([torch.cat([source, source + num_nodes]), torch.cat([first, second])])


def double_cover_pairs(
    num_pairs: int = 30, seed: int = 0, num_chords: int = 3, cycle_length: int = 5
) -> list[GraphPair]:
    r"""Random pairs in the manner of the EXP data set of `"The Surprising Power of Graph Neural
    Networks with Random Node Initialization" <https://arxiv.org/abs/2010.01179>`_: graphs of nodes
    of two colours that are equal to 1-WL.

    Sizes are those of EXP, 32 to 64 nodes, or more for long cycles. The construction is another,
    and the graphs need not be planar.

    Args:
        num_pairs (int, optional): The number of pairs. (default: :obj:`30`)
        seed (int, optional): The pairs are a function of it. (default: :obj:`0`)
        num_chords (int, optional): Chords of the base, at least 2. (default: :obj:`3`)
        cycle_length (int, optional): Length of the shortest cycle in which the two of a pair
            differ, at least 3: ego networks of :math:`k` hops show it if it is at most
            :math:`2 k + 1`. (default: :obj:`5`)

    Examples:
        >>> [pair.name for pair in double_cover_pairs(num_pairs=2)]
        ['double covers 1', 'double covers 2']
    """
    generator = torch.Generator().manual_seed(seed)
    least = max(16, 3 * cycle_length)
    sizes = torch.randint(least, 2 * least + 1, (num_pairs,), generator=generator).tolist()
    return [
        double_cover_pair(generator, size, num_chords, cycle_length, f"double covers {i}")
        for i, size in enumerate(sizes, start=1)
    ]
