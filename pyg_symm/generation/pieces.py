"""Samples in several pieces: how many there are, and which one counts."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import subgraph


def pieces_of(data: Data) -> Tensor:
    r"""The number of the connected component of each node :math:`(N)`, from 0 on.

    Examples:
        >>> pieces_of(Data(edge_index=torch.tensor([[0, 2], [2, 0]]), num_nodes=3))
        tensor([0, 1, 0])
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    row, col = data.edge_index.cpu().numpy()
    size = int(data.num_nodes)
    adjacency = coo_matrix((torch.ones(len(row)).numpy(), (row, col)), shape=(size, size))
    return torch.from_numpy(connected_components(adjacency, directed=False)[1]).long()


def num_pieces(data: Data) -> int:
    """The number of connected components of a graph."""
    return int(pieces_of(data).max()) + 1 if data.num_nodes > 0 else 0


def main_piece(data: Data, key: Callable[[Data], Any] | None = None) -> Data:
    r"""The connected component of a sample that counts.

    It is the one with the given nodes if there are any (``origin`` of
    :meth:`~pyg_symm.generation.PARD.extend`; all with given nodes, if these are not connected), and
    else the one with the most nodes.

    Args:
        data (Data): A sample.
        key (Callable, optional): Decides between components of the same size, of which the one with
            the smallest value is taken. (default: the one with the first node)

    Returns:
        Data: The component; ``data`` itself if there is only one.

    Examples:
        >>> data = Data(edge_index=torch.tensor([[1, 2], [2, 1]]), num_nodes=3)
        >>> main_piece(data).num_nodes
        2
    """
    piece = pieces_of(data)
    sizes = torch.bincount(piece)
    if sizes.numel() <= 1:
        return data
    if "origin" in data and bool((data.origin >= 0).any()):
        return _component(data, torch.isin(piece, piece[data.origin >= 0]))
    largest = (sizes == sizes.max()).nonzero().view(-1)
    found = [_component(data, piece == number) for number in largest]
    return found[0] if key is None else min(found, key=key)


def _component(data: Data, mask: Tensor) -> Data:
    edge_index, edge_attr = subgraph(
        mask, data.edge_index, data.edge_attr, relabel_nodes=True, num_nodes=data.num_nodes
    )
    own = {key: data[key][mask] for key in ("x", "block_id", "origin") if key in data}
    if "block_id" in own:  # Numbered anew, without blocks that are not in this component.
        own["block_id"] = own["block_id"].unique(return_inverse=True)[1]
        own["num_blocks"] = int(own["block_id"].max()) + 1
    return Data(edge_index=edge_index, edge_attr=edge_attr, num_nodes=int(mask.sum()), **own)
