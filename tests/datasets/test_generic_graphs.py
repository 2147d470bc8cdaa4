import hashlib

import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader

from pyg_symm.datasets import GENERIC_FAMILIES, GenericGraphs

SMALL = {
    "planar": {"num_nodes": 12},
    "tree": {"num_nodes": 12},
    "sbm": {"community_size": (5, 8), "num_communities": (2, 3)},
}

CHECKSUMS = {
    "planar": "0ab99d23c40f",
    "sbm": "3aa51bf75a5e",
    "tree": "55344fe6f5fa",
    "grid": "3e371f41b164",
    "grid_small": "d6c28402e906",
    "community": "823ae8aa198c",
}


def make(name, split="train", **kwargs):
    kwargs = {"num_graphs": 12, **SMALL.get(name, {}), **kwargs}
    return GenericGraphs(name, split, **kwargs)


def checksum(dataset):
    sizes = np.array([[data.num_nodes, data.num_edges] for data in dataset])
    edges = torch.cat([data.edge_index for data in dataset], dim=1).numpy()
    return hashlib.sha256(sizes.tobytes() + edges.tobytes()).hexdigest()[:12]


@pytest.mark.parametrize("name", GENERIC_FAMILIES)
def test_format(name):
    dataset = make(name)
    assert str(dataset) == "GenericGraphs(8)"
    for data in dataset:
        data.validate()
        assert data.num_nodes == data.x.size(0) and "num_nodes" in data
        assert torch.equal(data.x, torch.zeros(data.num_nodes, 1, dtype=torch.long))
        assert torch.equal(data.edge_attr, torch.ones(data.num_edges, dtype=torch.long))
        assert data.edge_index.dtype == torch.long
        assert data.is_undirected() and data.is_coalesced() and not data.has_self_loops()
    batch = next(iter(DataLoader(dataset, batch_size=8)))
    assert batch.num_graphs == 8


@pytest.mark.parametrize(
    "num_graphs, sizes", [(200, (128, 32, 40)), (100, (64, 16, 20)), (7, (5, 1, 1))]
)
def test_splits(num_graphs, sizes):
    splits = [
        GenericGraphs("tree", split, num_graphs, num_nodes=8) for split in ("train", "val", "test")
    ]
    assert tuple(map(len, splits)) == sizes
    everything = GenericGraphs("tree", "all", num_graphs, num_nodes=8)
    parts = [data.edge_index for split in splits for data in split]
    assert all(torch.equal(a, b.edge_index) for a, b in zip(parts, everything, strict=True))


def test_default_numbers():
    assert {name: len(GenericGraphs(name, "all")) for name in GENERIC_FAMILIES} == {
        "planar": 200,
        "sbm": 200,
        "tree": 200,
        "grid": 100,
        "grid_small": 12,
        "community": 100,
    }


def test_grids_appear_once():
    sizes = [data.num_nodes for data in GenericGraphs("grid", "all")]
    assert sorted(sizes) == sorted(a * b for a in range(10, 20) for b in range(10, 20))
    few = GenericGraphs("grid", "all", num_graphs=10)
    assert [data.num_nodes for data in few] == sizes[:10]


@pytest.mark.parametrize("name", GENERIC_FAMILIES)
def test_seed(name):
    first = make(name)
    np.random.seed(5)
    torch.manual_seed(5)
    assert checksum(make(name)) == checksum(first)
    assert checksum(make(name, seed=1)) != checksum(first)


@pytest.mark.parametrize("name, expected", CHECKSUMS.items())
def test_same_on_every_machine(name, expected):
    assert checksum(GenericGraphs(name, "test")) == expected


def test_transforms():
    def count(data):
        data.count = data.num_nodes
        return data

    dataset = make("sbm", pre_transform=count, pre_filter=lambda data: data.num_nodes > 14)
    assert 0 < len(dataset) < 8 and (dataset.count > 14).all()
    assert make("tree", transform=lambda data: data.num_edges)[0] == 22


def test_sizes_of_a_config():
    assert {data.num_nodes for data in make("sbm", community_size=[4, 4], p_in=0.9, p_out=0.2)} <= {
        8,
        12,
    }


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"name": "moon"}, r"'name' must be one of \[.*\] \(got 'moon'\)"),
        ({"split": "valid"}, r"'split' must be one of \[.*\] \(got 'valid'\)"),
        ({"num_graphs": 0}, r"'num_graphs' must be an integer of 1 or more \(got 0\)"),
        ({"seed": -1}, r"'seed' must be an integer of 0 or more \(got -1\)"),
        ({"p_in": 0.5}, r"'planar' takes no such arguments \(got \{'p_in': 0.5\}\)"),
        ({"num_nodes": 2}, r"'num_nodes' must be at least 4 \(got 2\)"),
        ({"name": "grid", "num_graphs": 101}, r"'num_graphs' must be at most 100.*\(got 101\)"),
        ({"split": "val", "num_graphs": 2}, r"'val' has no graphs.*\(got 2\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        GenericGraphs(**{"name": "planar", **kwargs})
