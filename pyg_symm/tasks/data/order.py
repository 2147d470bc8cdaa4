"""Edges in the order that PyG's aggregations ask for."""

from torch_geometric.data import Data


def sorted_by_target(data: Data) -> Data:
    """The graph with its edges sorted by target node.

    Raises:
        ValueError: If the edges are unsorted and ``e_id`` refers to them by number.
    """
    if data.is_sorted(sort_by_row=False):
        return data
    # `Data.sort` moves what has one entry per edge, and leaves alone what refers to edges.
    if "e_id" in data:
        raise ValueError(
            "'dataset' has edges that 'e_id' numbers, as in ego-networks, but that are not sorted "
            f"by target; sort them before they are numbered (got {data})"
        )
    return data.sort(sort_by_row=False)
