import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.generation import GraphStatistics, PARDConfig
from pyg_symm.graphs import BlockGraphs
from pyg_symm.transforms import StructuralOrder


def test_statistics_of_graphs_and_of_batches_agree(graphs):
    single = GraphStatistics.of(graphs, 3, 3)
    assert GraphStatistics.of([Batch.from_data_list(graphs)], 3, 3) == single
    ordered = [StructuralOrder(3)(data) for data in graphs]
    assert GraphStatistics.of([Batch.from_data_list(ordered)], 3, 3) == single


def test_statistics_are_what_they_are_called(graphs):
    known = GraphStatistics.of(graphs, 3, 3)
    dense = BlockGraphs.from_data(graphs)
    assert known.max_nodes == dense.node.size(1) and known.max_size == dense.block_size.max()
    assert (
        known.max_blocks == dense.num_blocks.max() and known.max_degree == dense.block_degree.max()
    )
    first = torch.bincount(dense.block_size[:, 0])
    assert known.first_size == first.tolist()
    x = torch.cat([data.x.view(-1) for data in graphs])
    torch.testing.assert_close(torch.tensor(known.node_marginal), torch.bincount(x) / len(x))
    pairs = sum(data.num_nodes * (data.num_nodes - 1) for data in graphs)
    edges = sum(data.num_edges for data in graphs)
    assert known.edge_marginal[0] == pytest.approx(1 - edges / pairs)
    assert sum(known.edge_marginal) == pytest.approx(1)


def test_one_shot_graphs_have_no_degrees(graphs):
    known = GraphStatistics.of(graphs, 3, 3, max_hops=0)
    assert known.max_blocks == 1 and known.max_degree == 0


def test_single_nodes():
    node = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=1)
    known = GraphStatistics.of([node], 1, 2)
    assert known.edge_marginal == [1.0, 0.0] and known.max_nodes == 1


def test_round_trip(graphs):
    config = PARDConfig(GraphStatistics.of(graphs, 3, 3), num_steps=7, network={"num_layers": 2})
    assert PARDConfig.from_dict(config.to_dict()) == config


def test_bad_input(graphs):
    with pytest.raises(ValueError, match="'data' holds no graphs"):
        GraphStatistics.of([], 1, 2)
    with pytest.raises(ValueError, match=r"'x' must be in 0..0 \(got 0..2"):
        GraphStatistics.of(graphs, 1, 3)
    with pytest.raises(ValueError, match="'edge_attr' must be in 1..1"):
        GraphStatistics.of(graphs, 3, 2)
    config = PARDConfig(GraphStatistics.of(graphs, 3, 3)).to_dict()
    with pytest.raises(ValueError, match="'config' must have the settings"):
        PARDConfig.from_dict({**config, "colour": "red"})
    with pytest.raises(ValueError, match="'ce_weight' must not be negative"):
        PARDConfig.from_dict({**config, "ce_weight": -1.0})


def test_features_that_are_no_classes_are_refused(graphs):
    """They were counted as so many more nodes."""
    none = Data(edge_index=torch.zeros(2, 0, dtype=torch.long), num_nodes=0)
    for key, value in (
        ("x", torch.nn.functional.one_hot(graphs[0].x.view(-1), 3)),
        ("x", graphs[0].x.float()),
        ("edge_attr", torch.ones(graphs[0].num_edges, 2, dtype=torch.long)),
    ):
        with pytest.raises(ValueError, match=f"'{key}' must hold one class for each of"):
            GraphStatistics.of([graphs[1], graphs[0].clone().update({key: value})], 3, 3)
    with pytest.raises(ValueError, match="'data' has a graph without nodes"):
        GraphStatistics.of([none], 3, 3)
    for weight in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="'ce_weight' must not be negative, infinite"):
            PARDConfig(GraphStatistics.of(graphs, 3, 3), ce_weight=weight)
