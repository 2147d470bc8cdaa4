"""Draws docs/figures/ego_nets.png and docs/figures/basis.png: python docs/figures/ego_nets.py"""

from pathlib import Path

import networkx as nx
import torch
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch_geometric.data import Data

from pyg_symm.groups import equivariant_basis, set_partitions
from pyg_symm.transforms import EgoNets

FOLDER = Path(__file__).parent
HOPS = ["#1b4f72", "#5dade2", "#d6eaf8"]


def ego_nets() -> None:
    """A graph, and the bag of its ego-networks."""
    graph = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3), (5, 6)])
    place = nx.kamada_kawai_layout(graph)
    edges = torch.tensor(list(graph.edges)).t()
    edge_index = torch.cat([edges, edges.flip(0)], dim=1)
    data = EgoNets(num_hops=1)(Data(edge_index=edge_index, num_nodes=7))
    figure = Figure(figsize=(11, 3.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 5, width_ratios=[1.7, 1, 1, 1, 1])
    for spare in axes[:, 0]:
        spare.remove()
    whole = figure.add_subplot(axes[0, 0].get_gridspec()[:, 0])
    nx.draw(graph, place, ax=whole, with_labels=True, node_color="#eaecee", edgecolors="#566573")
    whole.set_title("graph")
    bag = axes[:, 1:].flatten()
    for root, ax in enumerate(bag):
        ax.axis("off")
        if root == 7:
            continue
        mine = data.n_sub_batch == root
        hop = dict(zip(data.n_id[mine].tolist(), data.hop[mine].tolist(), strict=True))
        ego = graph.subgraph(hop)
        nx.draw_networkx_edges(graph, place, ax=ax, edge_color="#eaecee")
        colors = [HOPS[hop[v]] for v in ego]
        font = {v: "white" if hop[v] == 0 else "black" for v in ego}
        nx.draw(ego, place, ax=ax, node_color=colors, edgecolors="#1b4f72", node_size=190)
        nx.draw_networkx_labels(ego, place, ax=ax, font_size=8, font_color=font)
        ax.set_title(f"ego({root}): {len(hop)} nodes, {len(hop) ** 2} pairs", fontsize=8)
    figure.suptitle("A graph and its ego-networks of one hop (dark: root)")
    figure.savefig(FOLDER / "ego_nets.png", dpi=110)


def basis() -> None:
    """The 15 maps from pairs to pairs, as matrices on three nodes."""
    maps = equivariant_basis(3, in_order=2, out_order=2, aggr="sum")
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 8).flatten()
    for ax in axes:
        ax.axis("off")
    for ax, matrix, blocks in zip(axes, maps, set_partitions(4), strict=False):
        ax.imshow(1 - 0.75 * matrix, cmap=colormaps["Blues_r"], vmin=0, vmax=1)
        for line in (2.5, 5.5):
            ax.axhline(line, color="white", lw=1)
            ax.axvline(line, color="white", lw=1)
        groups: dict[int, str] = {}
        for name, block in zip("ijkl", blocks, strict=True):
            groups[block] = groups.get(block, "") + name
        ax.set_title(" ".join(groups.values()), fontsize=10)
    axes[15].text(
        0.5,
        0.5,
        "rows: output pairs ij\ncolumns: input pairs kl\nindices of a block\nare equal",
        ha="center",
        va="center",
        fontsize=9,
    )
    figure.suptitle("The 15 equivariant linear maps from pairs to pairs, on three nodes (dark: 1)")
    figure.savefig(FOLDER / "basis.png", dpi=110)


if __name__ == "__main__":
    ego_nets()
    basis()
