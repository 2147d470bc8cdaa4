import pytest
import torch
from torch_geometric import EdgeIndex
from torch_geometric.utils import to_torch_coo_tensor, to_torch_csr_tensor

from pyg_symm.graphs.edge_list import check_nodes, edge_list

EDGES = torch.tensor([[0, 1, 2, 2], [1, 2, 0, 1]])


def pairs(edges):
    return sorted(edges.t().tolist())


def test_tensors_are_as_they_are():
    edges, weight = edge_list(EDGES)
    assert edges is EDGES and weight is None


@pytest.mark.parametrize("dtype", [torch.int32, torch.int16, torch.uint8])
def test_smaller_integers_become_int64(dtype):
    found = edge_list(EDGES.to(dtype))[0]
    assert found.dtype == torch.long and torch.equal(found, EDGES)
    if dtype == torch.int32:
        found = edge_list(EdgeIndex(EDGES.int(), sparse_size=(3, 3)))[0]
        assert found.dtype == torch.long and torch.equal(found, EDGES)


def test_no_edges_may_be_of_any_type():
    found = edge_list(torch.tensor([]).view(2, 0))[0]
    assert found.dtype == torch.long and found.shape == (2, 0)


def test_edge_index():
    edges, weight = edge_list(EdgeIndex(EDGES, sparse_size=(3, 3)))
    assert type(edges) is torch.Tensor and torch.equal(edges, EDGES) and weight is None


@pytest.mark.filterwarnings("ignore:Sparse:UserWarning")
@pytest.mark.parametrize("to_sparse", [to_torch_coo_tensor, to_torch_csr_tensor])
def test_transposed_adjacency_matrices(to_sparse):
    value = torch.tensor([1.0, 2.0, 3.0, 4.0])
    edges, weight = edge_list(to_sparse(EDGES.flip(0), value, size=(3, 3)))
    assert pairs(edges) == pairs(EDGES)
    found = {tuple(pair): w for pair, w in zip(edges.t().tolist(), weight.tolist(), strict=True)}
    assert found == {(0, 1): 1, (1, 2): 2, (2, 0): 3, (2, 1): 4}


@pytest.mark.parametrize(
    "edges, message",
    [
        ([[0], [1]], r"must be a tensor or a sparse matrix \(got list\)"),
        (torch.zeros(3, 2).long(), r"must be of shape \[2, E\] \(got \[3, 2\]\)"),
        (torch.zeros(2, 2), r"must hold integers \(got torch.float32\)"),
        (torch.zeros(2, 2).bool(), r"must hold integers \(got torch.bool\)"),
    ],
)
def test_other_forms_are_refused(edges, message):
    with pytest.raises(ValueError, match=message):
        edge_list(edges)


def test_nodes_are_checked():
    check_nodes(EDGES, 3)
    check_nodes(EDGES[:, :0], 0)
    with pytest.raises(ValueError, match=r"must be at least 3 to hold 'edge_index' \(got 2\)"):
        check_nodes(EDGES, 2)
    with pytest.raises(ValueError, match=r"must not be negative \(got -1\)"):
        check_nodes(EDGES - 1, 3)
