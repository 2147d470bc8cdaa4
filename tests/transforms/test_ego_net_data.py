import pickle

import pytest
import torch
from torch_geometric.data import Batch, Data, InMemoryDataset
from torch_geometric.loader import NeighborLoader
from torch_geometric.transforms import RootedEgoNets

from pyg_symm.transforms import EgoNetData, EgoNets
from pyg_symm.transforms.ego_net_data import ego_net_type

EDGES = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


class Mine(Data):
    def __inc__(self, key, value, *args, **kwargs):
        return 4 if key == "t_ref" else super().__inc__(key, value, *args, **kwargs)


def egos():
    return EgoNets(1)(Mine(edge_index=EDGES, num_nodes=3, t_ref=torch.tensor([0, 3])))


def test_a_users_class_keeps_its_rules():
    data = egos()
    assert isinstance(data, Mine) and isinstance(data, EgoNetData)
    batch = Batch.from_data_list([data, data])
    assert batch.t_ref.tolist() == [0, 3, 4, 7]
    assert batch.root.tolist() == list(range(6)) and batch.n_id.tolist()[7:] == [
        3,
        4,
        3,
        4,
        5,
        4,
        5,
    ]
    assert isinstance(batch, EgoNetData)
    assert all(isinstance(part, Mine) for part in batch.to_data_list())


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("kind", [Data, Mine])
def test_a_batch_becomes_one_graph(kind, again):
    """As for PyG's transform: ego-networks stay within the graphs."""
    data = kind(x=torch.rand(3, 2), edge_index=EDGES, num_nodes=3)
    batch = Batch.from_data_list([EgoNets(2)(data) if again else data] * 2)
    found, expected = EgoNets(1)(batch), Batch.from_data_list([EgoNets(1)(data)] * 2)
    assert isinstance(found, EgoNetData) and isinstance(found, kind)
    assert not isinstance(found, Batch)
    for key in ("x", "edge_index", "batch", "ptr", "root", "hop", "n_id", "n_sub_batch"):
        assert torch.equal(found[key], expected[key]), key
    assert torch.equal(RootedEgoNets(1)(batch).n_id, found.n_id)


def test_there_is_one_class_for_each_class():
    assert ego_net_type(Data) is EgoNetData and ego_net_type(EgoNetData) is EgoNetData
    assert ego_net_type(Mine) is ego_net_type(Mine) is ego_net_type(ego_net_type(Mine))


def test_a_users_class_is_pickled():
    data = egos()
    again = pickle.loads(pickle.dumps(data))
    assert type(again) is type(data) and torch.equal(again.n_id, data.n_id)
    assert again.__inc__("t_ref", None) == 4
    batch = pickle.loads(pickle.dumps(Batch.from_data_list([data, data])))
    assert batch.t_ref.tolist() == [0, 3, 4, 7]
    assert pickle.loads(pickle.dumps(type(data))) is type(data)


def test_a_data_set_of_a_users_class_comes_apart():
    dataset = InMemoryDataset()
    dataset.data, dataset.slices = dataset.collate([egos(), egos()])
    assert all(type(data) is type(egos()) for data in dataset)


def test_number_of_hops_is_not_an_attribute_of_the_graph():
    data = egos()
    assert "num_hops" not in data.keys() and data.num_hops.tolist() == [1]
    assert Batch.from_data_list([data, data]).num_hops.tolist() == [1, 1]
    assert "num_hops" not in data.map_data()


@pytest.mark.parametrize("name", ["n_id", "e_id", "root", "hop", "ego_id", "num_hops"])
def test_attributes_of_the_user_are_not_overwritten(name):
    data = Data(edge_index=EDGES, num_nodes=3)
    data[name] = torch.arange(3)
    with pytest.raises(ValueError, match=f"attribute '{name}' of its own"):
        EgoNets(1)(data)
    assert torch.equal(data[name], torch.arange(3))


def test_numbers_of_a_loader_are_not_overwritten():
    assert NeighborLoader  # What sets `n_id`; it needs a package that samples.
    sampled = Data(edge_index=EDGES, num_nodes=3, n_id=torch.tensor([43, 7, 1]))
    with pytest.raises(ValueError, match="'n_id'"):
        EgoNets(1)(sampled)
    sampled.global_id = sampled.n_id
    del sampled.n_id
    assert EgoNets(1)(sampled).global_id.tolist() == [43, 7, 1]
