"""Graphs that a rule or a line of text describes."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import to_undirected


def from_edges(edges: Tensor, num_nodes: int, x: Tensor | None = None) -> Data:
    r"""An undirected graph.

    Args:
        edges (torch.Tensor): Each edge in one direction or in both :math:`(2, E)`.
        num_nodes (int): The number of nodes :math:`N`.
        x (torch.Tensor, optional): Node features :math:`(N, F)`. (default: a one at every node)

    Examples:
        >>> from_edges(torch.tensor([[0, 1], [1, 2]]), num_nodes=4)
        Data(x=[4, 1], edge_index=[2, 4], num_nodes=4)
    """
    x = torch.ones(num_nodes, 1) if x is None else x
    edge_index = to_undirected(edges, num_nodes=num_nodes)
    return Data(x=x, edge_index=edge_index, num_nodes=num_nodes)


def cayley_graph(orders: Sequence[int], steps: Sequence[Sequence[int]]) -> Data:
    r"""The graph on :math:`\mathbb{Z}_{n_1} \times \dots \times \mathbb{Z}_{n_d}` that joins
    :math:`g` with :math:`g \pm s` for every step :math:`s`. With one factor it is circulant.

    Args:
        orders (list[int]): The orders :math:`n_1, \dots, n_d` of the factors.
        steps (list[list[int]]): The steps, :math:`d` numbers each; opposite ones are implied.

    Examples:
        The cycle of six nodes, and two triangles:

        >>> cayley_graph([6], [[1]])
        Data(x=[6, 1], edge_index=[2, 12], num_nodes=6)
        >>> cayley_graph([6], [[2]]).edge_index[1].view(6, 2)[0]
        tensor([2, 4])
    """
    if any(len(step) != len(orders) for step in steps):
        raise ValueError(f"'steps' must have {len(orders)} numbers each (got {steps})")
    shape = torch.tensor(orders)
    place = torch.tensor([math.prod(orders[i + 1 :]) for i in range(len(orders))])
    num_nodes = math.prod(orders)
    node = torch.arange(num_nodes)
    element = node.unsqueeze(-1) // place % shape
    target = (element.unsqueeze(1) + torch.tensor(steps)) % shape @ place  # [num_nodes, num_steps]
    if bool((target == node.unsqueeze(-1)).any()):
        raise ValueError(f"'steps' must not join a node with itself (got {steps})")
    return from_edges(
        torch.stack([node.repeat_interleave(len(steps)), target.flatten()]), num_nodes
    )


def generalized_petersen_graph(num_spokes: int, skip: int) -> Data:
    r"""The generalised Petersen graph :math:`GP(n, k)`: an outer cycle :math:`u_i u_{i+1}`, spokes
    :math:`u_i v_i`, and an inner polygon or star :math:`v_i v_{i+k}`.

    Args:
        num_spokes (int): The number of spokes :math:`n`, half the number of nodes.
        skip (int): The skip :math:`k` of the inner star; with 1 the graph is a prism.

    Examples:
        >>> generalized_petersen_graph(5, 2)
        Data(x=[10, 1], edge_index=[2, 30], num_nodes=10)
    """
    if not 0 < 2 * skip < num_spokes:
        raise ValueError(f"'skip' must be in 1 to below {num_spokes / 2} (got {skip})")
    outer = torch.arange(num_spokes)
    inner = outer + num_spokes
    source = torch.cat([outer, outer, inner])
    target = torch.cat([outer.roll(-1), inner, inner.roll(-skip)])
    return from_edges(torch.stack([source, target]), 2 * num_spokes)


def from_graph6(text: str) -> Data:
    r"""Reads a graph of at most 62 nodes in `graph6
    <https://users.cecs.anu.edu.au/~bdm/data/formats.txt>`_ format.

    Args:
        text (str): The number of nodes and the lower triangle of the adjacency matrix, row by row,
            six bits in each character.

    Examples:
        >>> from_graph6("DQc").edge_index
        tensor([[0, 0, 1, 2, 3, 3, 4, 4],
                [2, 4, 3, 0, 1, 4, 0, 3]])
    """
    num_nodes, *digits = [ord(character) - 63 for character in text] or [-1]
    num_pairs = num_nodes * (num_nodes - 1) // 2
    is_valid = 0 <= num_nodes <= 62 and all(0 <= digit < 64 for digit in digits)
    if not is_valid or len(digits) != math.ceil(num_pairs / 6):
        raise ValueError(f"'text' must be graph6 of at most 62 nodes (got {text!r})")
    bits = torch.tensor(digits, dtype=torch.long).unsqueeze(-1) >> torch.arange(5, -1, -1) & 1
    lower = torch.tril_indices(num_nodes, num_nodes, offset=-1)
    return from_edges(lower[:, bits.flatten()[:num_pairs] == 1], num_nodes)
