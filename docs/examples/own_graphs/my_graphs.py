"""A small data set of your own: is the graph a ring (1) or a path (0)?"""

import torch
from torch_geometric.data import Data, InMemoryDataset
from torch_geometric.utils import to_undirected


class RingsAndPaths(InMemoryDataset):
    """Put your own graphs into ``process``."""

    def __init__(self, root, pre_transform=None):
        super().__init__(root, pre_transform=pre_transform)
        self.load(self.processed_paths[0])

    @property
    def processed_file_names(self):
        return "data.pt"

    def process(self):
        generator = torch.Generator().manual_seed(0)
        graphs = []
        for y in [0, 1] * 60:
            n = int(torch.randint(4, 12, (), generator=generator))
            nodes = torch.arange(n)
            edge_index = torch.stack([nodes, nodes.roll(-1)])[:, : n - 1 + y]
            edge_index = to_undirected(edge_index)
            graphs.append(Data(x=torch.ones(n, 1), edge_index=edge_index, y=torch.tensor([y])))
        if self.pre_transform is not None:
            graphs = [self.pre_transform(graph) for graph in graphs]
        self.save(graphs, self.processed_paths[0])
