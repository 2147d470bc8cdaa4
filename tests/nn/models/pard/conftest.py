"""Graphs in blocks, networks on them, and a run through the blocks one by one."""

import pytest
import torch

from pyg_symm.diffusion import symmetric
from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import Block, BlockDenoiser, BlockSizePredictor

SMALL = {"hidden_channels": 16, "edge_channels": 8, "num_layers": 2, "heads": 4}


def _noisy_inputs(graphs, seed=0):
    generator = torch.Generator().manual_seed(seed)
    node = torch.randint(4, graphs.node.shape, generator=generator)
    edge = symmetric(torch.randint(4, graphs.edge.shape, generator=generator))
    time = torch.rand(graphs.num_graphs, generator=generator)
    return node, edge, time


def _make_predictor():
    torch.manual_seed(0)
    return BlockSizePredictor(4, 4, max_size=6, max_degree=5, **SMALL).eval()


def _replay(model, graphs, noisy, time):
    """Runs through the blocks one by one, along with the places of their nodes."""
    count = graphs.mask.sum(1)
    prefix = model.start(graphs.num_graphs, graphs.node.size(1))
    rows = torch.arange(graphs.num_graphs).unsqueeze(1)
    for i in range(graphs.block_size.size(1)):
        size = graphs.block_size[:, i]
        mask = torch.arange(int(size.max())) < size.unsqueeze(1)
        room = int(prefix.count.max())
        cut = prefix.cut(room)
        place = prefix.count.unsqueeze(1) + torch.arange(mask.size(1))
        place = torch.where(mask, place, 0)
        others = torch.cat([torch.arange(room).expand(len(count), -1), place], dim=1)

        def block(node, edge, i=i, place=place, others=others, mask=mask):
            pairs = edge[rows.unsqueeze(2), place.unsqueeze(2), others.unsqueeze(1)]
            return Block(node[rows, place], pairs, mask, graphs.block_degree[:, i])

        there = torch.cat([cut.block_id >= 0, mask], 1).unsqueeze(1) & mask.unsqueeze(2)
        yield i, model, cut, block(*noisy), mask, there, (rows, place, others), prefix
        grown = model.append(cut, block(graphs.node, graphs.edge))
        prefix.append(grown.layers, grown.ends, mask)


@pytest.fixture(scope="session")
def graphs(random_graph):
    return BlockGraphs.from_data([random_graph(n, s) for s, n in enumerate([5, 12, 1, 9])])


@pytest.fixture
def noisy_inputs():
    return _noisy_inputs


@pytest.fixture
def make_denoiser(random_graph):
    def make(seed=0, **kwargs):
        torch.manual_seed(seed)
        model = BlockDenoiser(4, 4, **SMALL, **kwargs)
        if kwargs.get("norm") == "batch":  # Statistics other than those it begins with.
            graph = BlockGraphs.from_data([random_graph(8, 9)])
            for _ in range(3):
                model(graph, *_noisy_inputs(graph))
        return model.eval()

    return make


@pytest.fixture
def make_predictor():
    return _make_predictor


@pytest.fixture
def replay():
    return _replay
