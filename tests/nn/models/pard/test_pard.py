"""PARD's networks pass the inherited suite."""

import torch
from torch_geometric.data import Data

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import BlockDenoiser, BlockSizePredictor
from pyg_symm.testing import ModelSuite

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4, "norm": "rms"}


class BlockSuite(ModelSuite):
    compiles = True
    takes_no_graphs = False  # Graphs in blocks have at least one node each.

    def graphs(self, dtype):
        """The suite's graphs with classes of nodes and edges, noise, and a time of each graph."""
        generator = torch.Generator().manual_seed(1)
        out = []
        for data in super().graphs(dtype):
            x = torch.randint(4, (data.num_nodes, 1), generator=generator)
            noise = torch.randint(4, (data.num_nodes, 1), generator=generator)
            kind = 1 + (x[data.edge_index].sum(0) + data.edge_index.sum(0).view(-1, 1)) % 3
            time = torch.rand(1, generator=generator, dtype=torch.double).to(dtype)
            more = {"edge_index": data.edge_index, "edge_attr": kind.view(-1)}
            out.append(Data(x=x, noise=noise, time=time, **more))
        return out

    def places(self, batch):
        """The batch as padded blocks, and the place of each node in there."""
        orders = [BlockGraphs.order_of(data) for data in batch.to_data_list()]
        return BlockGraphs.from_data(batch), torch.cat([order.argsort() for order in orders])


class TestBlockDenoiser(BlockSuite):
    model = BlockDenoiser
    # Attention logits are unmoved by a constant: their bias cancels.
    silent = ("lin_weight.bias",)

    def build(self):
        return BlockDenoiser(4, 4, **SMALL)

    def call(self, model, batch):
        graphs, place = self.places(batch)
        node = torch.zeros_like(graphs.node)
        node[batch.batch, place] = batch.noise.view(-1)
        edge = (node.unsqueeze(1) + node.unsqueeze(2)) % 4
        edge = edge * ~torch.eye(edge.size(-1), dtype=torch.bool)
        node_logits, edge_logits = model(graphs, node, edge, batch.time)
        row, col = batch.edge_index
        graph = batch.batch[row]
        return node_logits[batch.batch, place], edge_logits[graph, place[row], place[col]]


class TestBlockSizePredictor(BlockSuite):
    model = BlockSizePredictor

    def build(self):
        return BlockSizePredictor(4, 4, max_size=6, max_degree=5, **SMALL)

    def call(self, model, batch):
        graphs, place = self.places(batch)
        size, degree = model(graphs)
        block = graphs.block_id[batch.batch, place]
        first = model.head.first_degree(graphs.block_size[:, 0])
        return size[batch.batch, block], degree[batch.batch, block], first
