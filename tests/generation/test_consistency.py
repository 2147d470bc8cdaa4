import pytest
import torch

from pyg_symm.generation import path_consistency
from pyg_symm.transforms import StructuralOrder


def test_own_order_agrees_and_another_does_not(graphs):
    own = [StructuralOrder(3)(data) for data in graphs]
    assert path_consistency(own).all()
    own[1].block_id = own[1].block_id.max() - own[1].block_id
    assert path_consistency(own).tolist() == [True, False, True, True, True, True]
    assert path_consistency([]).tolist() == []


def test_fewer_hops_are_another_order(graphs):
    own = [StructuralOrder(1)(data) for data in graphs]
    assert path_consistency(own, max_hops=1).all()
    assert not path_consistency(own, max_hops=0).all()


def test_labels_do_not_count(graphs):
    own = [StructuralOrder(3)(data) for data in graphs]
    for data in own:
        data.x = torch.zeros_like(data.x)
    assert path_consistency(own).all()


def test_graphs_without_blocks_are_refused(graphs):
    with pytest.raises(ValueError, match="'graphs' must have 'block_id'"):
        path_consistency([StructuralOrder(3)(graphs[0]), graphs[1]])
