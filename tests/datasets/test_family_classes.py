import pytest
import torch
from torch_geometric.utils import to_dense_adj

from pyg_symm.datasets import FamilyClasses


def test_graphs():
    dataset = FamilyClasses(
        "val", num_graphs=9, families=["star", "path"], min_nodes=5, max_nodes=7
    )
    assert len(dataset) == 9 and dataset.num_classes == 2 and dataset.num_features == 1
    for i, data in enumerate(dataset):
        data.validate()
        assert data.y.tolist() == [i % 2] and 5 <= data.num_nodes <= 7
        assert data.is_undirected() and not data.has_self_loops() and not data.has_isolated_nodes()
        assert torch.equal(data.x, torch.ones(data.num_nodes, 1))
    assert {data.num_nodes for data in FamilyClasses(num_graphs=60, max_nodes=12)} == {10, 11, 12}


def test_splits_and_seeds_are_independent():
    def first(*args, **kwargs):
        return [d.edge_index.tolist() for d in FamilyClasses(*args, num_graphs=4, **kwargs)]

    assert first() == first("train", seed=0)
    different = [first(), first("val"), first("test"), first(seed=1)]
    assert all(a != b for i, a in enumerate(different) for b in different[:i])


def test_a_family_looks_like_itself():
    degrees = {}
    for family in ("star", "path"):
        graphs = FamilyClasses(num_graphs=40, families=[family] * 2)
        largest = [to_dense_adj(d.edge_index).sum(-1).max() / d.num_nodes for d in graphs]
        degrees[family] = sum(map(float, largest)) / len(largest)
    assert degrees["star"] > 0.7 > 0.4 > degrees["path"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"split": "all"}, "'split' must be one of"),
        ({"num_graphs": 0}, "'num_graphs' must be an integer of 1 or more"),
        ({"families": ["star", "cycle"]}, "'families' must be some of .*got 'cycle'"),
        ({"families": ["star"]}, "'families' must be two or more"),
        ({"min_nodes": 2}, "'min_nodes' must be in 3..20"),
        ({"min_nodes": 21}, "'min_nodes' must be in 3..20"),
        ({"seed": -1}, "'seed' must be an integer of 0 or more"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        FamilyClasses(**arguments)
