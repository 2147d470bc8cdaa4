import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.generation import Constraints

VALENCE = torch.tensor([4, 1, 2])


def test_nothing_is_asked_by_default():
    assert not Constraints().any
    assert Constraints(degree=True).any and Constraints(max_valence=VALENCE).any


def test_degrees_of_samples_are_those_that_were_predicted(make, seeded):
    model = make()
    plain = model.sample(30, generator=seeded(), progress=False)
    strict = model.sample(
        30,
        generator=seeded(),
        progress=False,
        constraints=Constraints(degree=True, connected=True, max_redraws=200),
    )
    assert model.report.redraws > 0

    def uneven(samples):
        """Blocks whose nodes differ in how many neighbours they have up to the block."""
        count = 0
        for data in samples:
            row, col = data.edge_index
            seen = data.block_id[col] <= data.block_id[row]
            degree = torch.bincount(row[seen], minlength=data.num_nodes)
            for block in range(data.num_blocks):
                count += len(set(degree[data.block_id == block].tolist())) > 1
        return count

    assert uneven(strict) < uneven(plain)
    assert uneven(strict) <= model.report.unmet


def test_valences_hold_for_every_sample(make, seeded):
    model = make()
    bounds = Constraints(max_valence=torch.tensor([6, 7, 8]), max_redraws=500)
    samples = model.sample(40, generator=seeded(), progress=False, constraints=bounds)
    assert model.report.unmet == 0
    for data in samples:
        order = torch.zeros(data.num_nodes).index_add(0, data.edge_index[0], data.edge_attr.float())
        assert (order <= bounds.max_valence[data.x.view(-1)]).all()


def test_blocks_are_taken_at_last_and_counted(make, seeded):
    model = make()
    impossible = Constraints(max_valence=torch.tensor([-1, -1, -1]), max_redraws=2)
    samples = model.sample(5, generator=seeded(), progress=False, constraints=impossible)
    assert len(samples) == 5
    assert (
        model.report.unmet == model.report.blocks and model.report.redraws == 2 * model.report.unmet
    )


def test_an_extension_must_begin_with_possible_valences(make):
    star = Data(
        x=torch.tensor([[1], [0], [0]]),
        edge_index=torch.tensor([[0, 0, 1, 2], [1, 2, 0, 0]]),
        edge_attr=torch.tensor([1, 1, 1, 1]),
    )
    bounds = Constraints(max_valence=VALENCE)
    with pytest.raises(
        ValueError, match="class 1 whose bonds add up to 2.0, more than its valence"
    ):
        make().extend(star, 2, constraints=bounds)


def test_bond_orders_may_differ_from_the_classes():
    node, edge = torch.tensor([[0]]), torch.tensor([[[0]]])
    bounds = Constraints(
        max_valence=torch.tensor([2.0]), edge_order=torch.tensor([0, 1, 2, 3, 1.5])
    )
    assert bounds.allowed(node, edge, 5).tolist() == [[[True, True, True, False, True]]]
    assert Constraints().allowed(node, edge, 5) is None


def test_bad_input():
    with pytest.raises(ValueError, match="'max_redraws' must be an integer of 0 or more .got -1"):
        Constraints(max_redraws=-1)


def test_no_edge_is_allowed_where_a_bound_is_broken_already():
    node, edge = torch.tensor([[1, 0]]), torch.tensor([[[0, 3], [3, 0]]])
    bounds = Constraints(max_valence=VALENCE)
    assert bounds.allowed(node, edge, 4).tolist() == [
        [[True] + 3 * [False], [True, True, False, False]]
    ]
    # And is not held against blocks that do not touch it.
    mask, far = torch.tensor([[True]]), torch.tensor([[[0, 1, 0]]])
    zero = torch.tensor([0])
    assert bounds.hold(zero.view(1, 1), far, mask, zero, (node, edge)).tolist() == [True]
    near = torch.tensor([[[1, 0, 0]]])
    assert bounds.hold(zero.view(1, 1), near, mask, zero, (node, edge)).tolist() == [False]


def test_the_class_of_noise_never_stays(make, seeded):
    model = make(virtual_class=True)
    bounds = Constraints(max_valence=torch.tensor([1, 1, 1]), max_redraws=0)
    for data in model.sample(40, generator=seeded(), progress=False, constraints=bounds):
        assert (data.edge_attr < 3).all()


def test_degrees_that_are_not_predicted_cannot_be_asked_for(make):
    with pytest.raises(
        ValueError, match="'constraints' on degrees need a model that predicts them"
    ):
        make(max_hops=0).sample(1, constraints=Constraints(degree=True))
