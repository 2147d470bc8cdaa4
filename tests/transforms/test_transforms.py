"""What holds for every transform of the package."""

import inspect

import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.datasets import FakeDataset
from torch_geometric.transforms import BaseTransform, Compose

from pyg_symm import transforms

ALL = {
    name: cls
    for name, cls in vars(transforms).items()
    if isinstance(cls, type) and issubclass(cls, BaseTransform)
}
# Arguments without a default, and values other than the default of those with one.
NEEDED = {
    "EgoNets": {"num_hops": 1},
    "MotifWalkCounts": {"motifs": [[0, 1]], "attr": "label"},
    "RandomRotation": {},
    "StructuralOrder": {},
}
OTHER = {
    "EgoNets": {"num_hops": 2, "max_nodes": 3, "dedup": True, "pairs": True, "seed": 4},
    "MotifWalkCounts": {
        "motifs": [[1]],
        "k": 0,
        "num_walks": 2,
        "walk_length": 5,
        "attr": "x",
        "seed": 4,
    },
    "RandomRotation": {"attrs": ["pos"], "reflections": True, "generator": torch.Generator()},
    "StructuralOrder": {"max_hops": 2, "score": "hop", "order": "lex"},
}
of_transforms = pytest.mark.parametrize("name", ALL)


def test_every_transform_is_tested():
    assert ALL.keys() == NEEDED.keys() == OTHER.keys()
    for name, cls in ALL.items():
        assert OTHER[name].keys() == inspect.signature(cls).parameters.keys()


@of_transforms
def test_every_argument_is_in_the_repr(name):
    # PyG compares these texts to tell whether processed data fit the settings.
    plain = repr(ALL[name](**NEEDED[name]))
    assert plain == repr(ALL[name](**NEEDED[name]))
    texts = {plain, *(repr(ALL[name](**{**NEEDED[name], k: v})) for k, v in OTHER[name].items())}
    assert len(texts) == 1 + len(OTHER[name])
    everything = ", ".join(f"{key}={value!r}" for key, value in OTHER[name].items())
    assert repr(ALL[name](**OTHER[name])) == f"{name}({everything})"


@of_transforms
def test_the_input_stays_as_it_is(name):
    edge_index = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    data = Data(x=torch.ones(3, 1), pos=torch.eye(3), edge_index=edge_index)
    keys = set(data.keys())
    out = ALL[name](**OTHER[name])(data)
    assert set(data.keys()) == keys and out is not data
    assert torch.equal(data.pos, torch.eye(3))


def with_positions(data):
    data.pos = torch.ones(data.num_nodes, 3)
    data.label = torch.arange(data.num_nodes) % 2
    return data


@of_transforms
def test_data_sets_take_it(name):
    transform = Compose([with_positions, ALL[name](**NEEDED[name])])
    dataset = FakeDataset(num_graphs=2, transform=transform)
    assert [data.num_nodes for data in dataset] == [data.num_nodes for data in list(dataset)]
