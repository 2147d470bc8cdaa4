import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.transforms.rooted_subgraph import RootedSubgraphData

from pyg_symm.nn import SPEN
from pyg_symm.tasks import CrossValidation, SplitData
from pyg_symm.tasks.data.order import sorted_by_target
from pyg_symm.transforms import EgoNets


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


@pytest.mark.parametrize("pairs", [False, True])
def test_ego_networks_follow_edges_that_are_sorted(pairs):
    # As many members as edges: nothing of the ego-networks may be taken for edge features.
    edge_index = torch.tensor([[0, 0, 0, 1, 2, 3, 3], [1, 2, 3, 0, 0, 0, 0]])
    weight = torch.arange(7.0)
    graph = Data(torch.randn(4, 3), edge_index, weight.view(-1, 1), y=torch.tensor([0]))
    data = EgoNets(1, pairs=pairs)(graph)
    ordered = sorted_by_target(data)
    assert "edge_number" not in ordered and torch.equal(data.edge_index, edge_index)
    assert ordered.is_sorted(sort_by_row=False)
    assert torch.equal(ordered.n_id[ordered.sub_edge_index], ordered.edge_index[:, ordered.e_id])
    assert torch.equal(ordered.edge_attr[ordered.e_id], data.edge_attr[data.e_id])
    for key in ("n_id", "n_sub_batch", "root", "hop", "sub_edge_index", "e_sub_batch"):
        assert torch.equal(ordered[key], data[key])
    model = SPEN(3, 4, 2, edge_dim=1, task="node").eval()
    out, same = (model(d.x, d.edge_index, edge_attr=d.edge_attr, ego=d) for d in (data, ordered))
    torch.testing.assert_close(out, same)


def test_unsorted_ego_networks_in_a_fold_and_in_splits():
    dataset = ego_nets(torch.tensor([[0, 1, 1, 2], [2, 0, 2, 1]]))
    fold = CrossValidation(dataset, 0, num_folds=5).train
    for graph in (*fold, *SplitData(lambda split: dataset).parts["train"]):
        assert graph.is_sorted(sort_by_row=False)
        assert torch.equal(graph.sub_edge_index, graph.edge_index[:, graph.e_id])
