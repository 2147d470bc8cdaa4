"""Edges in the order that PyG's aggregations ask for."""

import copy

import torch
from torch_geometric.data import Data

from pyg_symm.transforms.ego_net_data import EGO_NET_KEYS


def sorted_by_target(data: Data) -> Data:
    """The graph with its edges sorted by target node.

    Ego-networks stay as they are, and ``e_id`` follows the edges to their new places.
    """
    if data.is_sorted(sort_by_row=False):
        return data
    if "e_id" not in data:
        return data.sort(sort_by_row=False)
    # `Data.sort` moves all that has as many rows as there are edges, so ego-networks stay outside.
    out = copy.copy(data)
    egos = {key: out.pop(key) for key in EGO_NET_KEYS if key in data}
    out.edge_number = torch.arange(data.num_edges, device=data.edge_index.device)
    out = out.sort(sort_by_row=False)
    number = out.pop("edge_number")
    place = torch.empty_like(number)
    place[number] = torch.arange(data.num_edges, device=number.device)
    out.update(egos | {"e_id": place[data.e_id]})
    return out
