from torch import nn
from torch_geometric import nn as pyg

from pyg_symm.weights.features.graph import module_graph


class Branching(nn.Linear):
    def forward(self, x):
        return super().forward(x) if bool(x.sum() > 0) else x


def targets(model):
    graph = module_graph(model)
    return graph and [node.target for node in graph.nodes if node.op == "call_module"]


def test_layers_of_graph_networks_are_calls():
    found = targets(pyg.GCN(3, 4, 2, norm="batch_norm"))
    assert found[:3] == ["convs.0", "norms.0", "act"]
    assert targets(pyg.MLP([3, 4, 2]))[:3] == ["lins.0", "norms.0", "act"]


def test_models_that_cannot_be_traced_have_none():
    assert module_graph(nn.Sequential(Branching(3, 3), nn.ReLU())) is None
    assert module_graph(Branching(3, 3)) is None
