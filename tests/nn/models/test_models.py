"""Every model of the room passes the inherited suite."""

import importlib.util
import inspect
from pathlib import Path

import torch

from pyg_symm.groups import icosahedral_group
from pyg_symm.nn import LCMAggregation, models
from pyg_symm.nn.models import EGNN, PONITA, PPGN, SPEN, AggregatorGIN, MultitaskNet, SetNet
from pyg_symm.testing import GeometricModelSuite, ModelSuite


class TestSPEN(ModelSuite):
    model = SPEN
    edge_dim = 3

    def build(self):
        return SPEN(
            self.in_channels, 8, num_layers=2, out_channels=3, num_hops=2, edge_dim=self.edge_dim
        )


class TestSPENOfNodes(TestSPEN):
    def build(self):
        return SPEN(
            self.in_channels, 8, num_layers=2, out_channels=3, edge_dim=self.edge_dim, task="node"
        )


class TestSPENOfEdges(TestSPEN):
    edge_dim = None

    def build(self):
        return SPEN(self.in_channels, 8, num_layers=2, out_channels=3, task="edge", matmul=True)


class TestPPGN(ModelSuite):
    model = PPGN
    edge_dim = 3

    def build(self):
        return PPGN(self.in_channels, 8, num_layers=2, out_channels=3, edge_dim=self.edge_dim)


class TestAggregatorGIN(ModelSuite):
    model = AggregatorGIN
    compiles = True

    def build(self):
        return AggregatorGIN(self.in_channels, 8, num_layers=2, out_channels=3)


class TestAggregatorGINWithLCM(ModelSuite):
    model = AggregatorGIN

    def build(self):
        aggr = LCMAggregation(8, 8, op="lse")
        return AggregatorGIN(self.in_channels, 8, num_layers=2, out_channels=3, aggr=aggr)


class TestMultitaskNet(ModelSuite):
    model = MultitaskNet
    compiles = True

    def build(self):
        return MultitaskNet(self.in_channels, 8, num_layers=3, node_channels=2, graph_channels=3)


class TestPONITA(GeometricModelSuite):
    model = PONITA
    in_vectors = 1
    outputs = ("scalar", "vector")
    symmetries = (icosahedral_group(), "T(3)")
    takes_no_graphs = False

    def build(self):
        return PONITA(self.in_channels, 8, 3, 2, in_vectors=1, out_vectors=1)


class TestPONITAOfPositions(TestPONITA):
    symmetries = ("E(3)",)

    def build(self):
        return PONITA(self.in_channels, 8, 3, 2, orientations=0, in_vectors=1, out_vectors=1)


class TestPONITAOfGraphs(GeometricModelSuite):
    model = PONITA
    takes_no_graphs = False
    takes_coincident_points = False

    def build(self):
        return PONITA(self.in_channels, 8, 3, 2, orientations="edges", pool="sum", cutoff=4.0)


class TestEGNN(GeometricModelSuite):
    model = EGNN
    in_vectors = 1
    outputs = ("scalar", "vector")
    takes_no_graphs = False

    def build(self):
        return EGNN(self.in_channels, 8, 3, 2, in_vectors=1, out_vectors=1)


class TestSetNet(ModelSuite):
    model = SetNet

    def build(self):
        aggr = LCMAggregation(8, 8, op="lse")
        return SetNet(torch.nn.Linear(self.in_channels, 8), aggr, torch.nn.Linear(8, 3))

    def call(self, model, batch):
        return model(batch.x, batch.batch, dim_size=batch.num_graphs)


def suites():
    """All suites of this folder."""
    for file in Path(__file__).parent.rglob("test_*.py"):
        spec = importlib.util.spec_from_file_location(f"suite_{file.stem}", file)
        if "ModelSuite" in file.read_text():
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            yield from (
                value
                for value in vars(module).values()
                if inspect.isclass(value) and issubclass(value, ModelSuite) and value != ModelSuite
            )


def test_every_model_has_a_suite():
    networks = {name: getattr(models, name) for name in models.__all__}
    networks = {k: v for k, v in networks.items() if issubclass(v, torch.nn.Module)}
    assert networks
    tested = {suite.model for suite in suites() if hasattr(suite, "model")}
    assert [name for name, model in networks.items() if model not in tested] == []
