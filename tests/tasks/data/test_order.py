import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms.rooted_subgraph import RootedSubgraphData

from pyg_symm.tasks import CrossValidation, SplitData


def graphs(num=40):
    generator = torch.Generator().manual_seed(0)
    return [
        Data(
            x=torch.full((3, 1), float(i)),
            edge_index=torch.randint(3, (2, 6), generator=generator),
            y=torch.tensor([i % 2]),
        )
        for i in range(num)
    ]


def ego_nets(edge_index):
    """Every graph with its edges once more, as one sub-graph that counts them backwards."""
    e_id = torch.arange(edge_index.size(1)).flip(0)
    return [
        RootedSubgraphData(
            **graph.to_dict() | {"edge_index": edge_index},
            sub_edge_index=edge_index[:, e_id],
            n_id=torch.arange(3),
            e_id=e_id,
            n_sub_batch=torch.zeros(3, dtype=torch.long),
            e_sub_batch=torch.zeros(e_id.numel(), dtype=torch.long),
        )
        for graph in graphs()
    ]


def test_ego_networks_are_left_as_they_are():
    dataset = ego_nets(torch.tensor([[1, 0, 2, 1], [0, 1, 1, 2]]))
    for graph in CrossValidation(dataset, 0, num_folds=5).train:
        assert torch.equal(graph.sub_edge_index, graph.edge_index[:, graph.e_id])
        assert graph.e_id.tolist() == [3, 2, 1, 0]
    batch = next(iter(CrossValidation(dataset, 0, num_folds=5).train_dataloader()))
    assert torch.equal(batch.n_id[batch.sub_edge_index], batch.edge_index[:, batch.e_id])


def test_ego_networks_of_unsorted_edges_are_refused():
    dataset = ego_nets(torch.tensor([[0, 1, 1, 2], [2, 0, 2, 1]]))
    with pytest.raises(ValueError, match=r"'dataset' has edges that 'e_id' numbers.*e_id=\[4\]"):
        CrossValidation(dataset, 0, num_folds=5)
    with pytest.raises(ValueError, match="'dataset' has edges that 'e_id' numbers"):
        SplitData(lambda split: dataset)
