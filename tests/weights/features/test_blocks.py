import pytest
import torch

from pyg_symm.weights import Atom
from pyg_symm.weights.features.blocks import axis_labels, merge_axis, new_shape, split_tensor

A, B, FOUR = Atom("a", 3), Atom("b", 2), Atom(None, 4)


def test_a_plain_matrix_is_one_block():
    weight = torch.randn(3, 2)
    (block,) = split_tensor(weight, (((A,),), ((B,),)), ("in", "out"), {"a", "b"})
    assert block.names == ("a", "b") and block.roles == ("in", "out")
    assert torch.equal(block.data, weight.double())
    assert torch.equal(block.rows(1), weight.double().T)
    assert block.axes_of("b") == [1] and block.axes_of("c") == []
    block.data.zero_()
    assert weight.abs().sum() > 0


def test_concatenations_and_products_are_taken_apart():
    # Rows: the gates a | a; columns: flattened b * 4, then a.
    axes = (((A,), (A,)), ((B, FOUR), (A,)))
    weight = torch.randn(6, 11)
    blocks = list(split_tensor(weight, axes, ("in", "out"), {"a", "b"}))
    names = [block.names for block in blocks]
    assert names == [("a", "b", None), ("a", "a"), ("a", "b", None), ("a", "a")]
    assert blocks[0].roles == ("in", "out", "out")
    assert torch.equal(blocks[2].data.flatten(1), weight[3:, :8].double())
    assert blocks[3].axes_of("a") == [0, 1]
    frozen = list(split_tensor(weight, axes, ("in", "out"), {"b"}))
    assert [block.names for block in frozen] == 2 * [(None, "b", None)]


def test_labels_of_axes():
    labels, widths = {"a": torch.tensor([0, 1, 0])}, {"a": 2}
    assert axis_labels(((B,),), labels, widths) is None
    assert axis_labels(((A,), (B,)), labels, widths).tolist() == [0, 1, 0, 2, 3]
    assert axis_labels(((B, A),), labels, widths).tolist() == [0, 1, 0, 2, 3, 2]
    removed = {"a": torch.tensor([0, -1, 1])}
    assert axis_labels(((A, B), (A,)), removed, widths).tolist() == [0, 1, -1, -1, 2, 3, 4, -1, 5]


@pytest.mark.parametrize("dim", [0, 1])
def test_slices_are_summed_or_averaged(dim):
    tensor = torch.arange(12.0).view(3, 4) if dim == 0 else torch.arange(12.0).view(3, 4).T
    labels = torch.tensor([1, 0, 1])
    total = merge_axis(tensor, dim, labels, mean=False)
    expected = torch.stack([torch.arange(4.0, 8), torch.arange(8.0, 16, 2)])
    assert torch.equal(total if dim == 0 else total.T, expected)
    half = merge_axis(tensor, dim, labels, mean=True)
    assert torch.equal(half if dim == 0 else half.T, expected / torch.tensor([[1.0], [2.0]]))
    left = merge_axis(tensor, dim, torch.tensor([-1, 0, -1]), mean=True)
    assert torch.equal(left if dim == 0 else left.T, torch.arange(4.0, 8)[None])


def test_an_axis_over_several_dimensions_changes_the_last():
    heads = ((Atom("h", 6),),)
    assert new_shape((1, 2, 3), (((Atom(None, 1),),), heads), (1, 4)) == [1, 2, 2]
    assert new_shape((3, 2), (((A,),), ((B,),)), (2, 1)) == [2, 1]
