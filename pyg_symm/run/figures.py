"""Pictures of graphs."""

from collections.abc import Sequence

from torch_geometric.data import Data
from torch_geometric.utils import to_networkx


def draw_graphs(path: str, graphs: Sequence[Data], columns: int = 5, most: int = 20) -> None:
    r"""Draws graphs in rows, nodes coloured by the block they were made in.

    Args:
        path (str): The picture, ``.png`` or ``.svg``.
        graphs (Sequence[Data]): The graphs, with ``block_id``.
        columns (int, optional): Graphs in a row. (default: :obj:`5`)
        most (int, optional): Draw that many at most. (default: :obj:`20`)
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import networkx as nx

    graphs = list(graphs[:most])
    rows = -(-len(graphs) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.4 * columns, 2.4 * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, data in zip(axes.flat, graphs, strict=False):
        graph = to_networkx(data, to_undirected=True)
        nx.draw_networkx(
            graph,
            nx.kamada_kawai_layout(graph)
            if nx.is_connected(graph)
            else nx.spring_layout(graph, seed=0),
            ax=axis,
            with_labels=False,
            node_size=20,
            node_color=data.block_id.tolist(),
            cmap="viridis",
            width=0.6,
        )
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
