import pytest
import torch
from torch_geometric.data import Batch, Data

from pyg_symm.graphs import structural_order
from pyg_symm.transforms import StructuralOrder

CYCLE_AND_TAIL = torch.tensor([[0, 1, 2, 2, 3], [1, 2, 0, 3, 4]])


def test_repr():
    assert repr(StructuralOrder(2)) == "StructuralOrder(max_hops=2, score='walk', order='packed')"


def test_sets_blocks_and_leaves_its_input_alone():
    data = Data(edge_index=CYCLE_AND_TAIL, num_nodes=6)
    out = StructuralOrder(3)(data)
    # The isolated node goes first, so it comes last; then the tail.
    assert out.block_id.tolist() == [0, 0, 0, 1, 2, 3] and out.num_blocks == 4
    assert "block_id" not in data


def test_batches():
    data = StructuralOrder(3)(Data(edge_index=CYCLE_AND_TAIL, num_nodes=5))
    batch = Batch.from_data_list([data, data])
    assert batch.num_blocks.tolist() == [3, 3]
    blocks = structural_order(batch.edge_index, batch.ptr)
    assert torch.equal(batch.block_id, blocks.block_id)
    plain = Batch.from_data_list(2 * [Data(edge_index=CYCLE_AND_TAIL, num_nodes=5)])
    at_once = StructuralOrder(3)(plain)
    assert torch.equal(at_once.block_id, batch.block_id) and at_once.num_blocks.tolist() == [3, 3]


def test_single_node_and_one_shot():
    single = StructuralOrder()(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=1))
    assert single.block_id.tolist() == [0] and single.num_blocks == 1
    assert StructuralOrder(0)(Data(edge_index=CYCLE_AND_TAIL, num_nodes=5)).num_blocks == 1


def test_bad_input():
    with pytest.raises(ValueError, match="'max_hops' must be an integer of 0 or more .got -1"):
        StructuralOrder(-1)
    with pytest.raises(ValueError, match="'max_hops' must be an integer of 0 or more .got 1.5"):
        StructuralOrder(1.5)
    with pytest.raises(ValueError, match="'data' has no 'edge_index'"):
        StructuralOrder()(Data(num_nodes=2))
    with pytest.raises(ValueError, match="'data' has no nodes"):
        StructuralOrder()(Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=0))
