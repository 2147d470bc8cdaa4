"""Pictures of graphs."""

from collections.abc import Sequence

from torch_geometric.data import Data
from torch_geometric.utils import to_networkx

from pyg_symm.utils.figures import agg_figure


def draw_graphs(
    path: str, graphs: Sequence[Data], columns: int = 5, most: int = 20, title: str | None = None
) -> None:
    r"""Draws graphs in rows, nodes coloured by their blocks.

    Args:
        path (str): The picture, ``.png`` or ``.svg``.
        graphs (Sequence[Data]): The graphs, with ``block_id``.
        columns (int, optional): Graphs in a row. (default: :obj:`5`)
        most (int, optional): Draw that many at most. (default: :obj:`20`)
        title (str, optional): The title. (default: how many graphs are shown)
    """
    import networkx as nx

    total = len(graphs)
    graphs = list(graphs[:most])
    columns = max(1, min(columns, len(graphs)))
    rows = max(1, -(-len(graphs) // columns))
    figure = agg_figure(2.4 * columns, 2.4 * rows + 0.7)
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, data in zip(axes.flat, graphs, strict=False):
        graph = to_networkx(data, to_undirected=True)
        connected = graph.number_of_nodes() > 0 and nx.is_connected(graph)
        layout = nx.kamada_kawai_layout(graph) if connected else nx.spring_layout(graph, seed=0)
        axis.set_axis_on()  # A frame for each graph, so that neighbours do not run together.
        axis.set_xticks([])
        axis.set_yticks([])
        for side in axis.spines.values():
            side.set_color("0.85")
        nx.draw_networkx_edges(graph, layout, ax=axis, width=0.6, edge_color="0.4")
        nx.draw_networkx_nodes(
            graph, layout, ax=axis, node_size=20, node_color=data.block_id.tolist(), cmap="viridis"
        )
        axis.set_xlabel(f"{data.num_nodes} nodes", fontsize=8)
        axis.margins(0.1)
    figure.suptitle(f"{len(graphs)} of {total} graphs" if title is None else title)
    figure.supxlabel(
        "node colour: block in which it was generated, dark (first) to yellow (last)", fontsize=8
    )
    figure.savefig(path, dpi=120)
