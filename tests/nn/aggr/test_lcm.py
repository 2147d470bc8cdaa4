import pytest
import torch
import torch_geometric.nn as pyg

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.aggr import TreePlan, regularization
from pyg_symm.testing import (
    assert_batch_independent,
    assert_invariant,
    assert_layer_contract,
)

EXACT = ["lse", "topk", "flow", "product"]
ALL = ["gru", "mlp", *EXACT]
INDEX = torch.tensor([0, 0, 2, 2, 2, 2, 2, 3, 5, 5, 5])  # Sets 1 and 4 are empty.


@pytest.mark.parametrize("size", range(1, 18))
def test_equals_pyg_on_sets_of_one_size(tol, size):
    theirs, ours = pyg.LCMAggregation(5, 7), LCMAggregation(5, 7)
    ours.load_state_dict(theirs.state_dict())
    x, index = torch.randn(4 * size, 5), torch.arange(4).repeat_interleave(size)
    torch.testing.assert_close(ours(x, index), theirs(x, index), atol=tol, rtol=tol)
    theirs.load_state_dict(LCMAggregation(5, 7).state_dict())  # The other way as well.


def test_same_seed_gives_pygs_parameters():
    states = []
    for cls in (pyg.LCMAggregation, LCMAggregation):
        torch.manual_seed(1)
        states.append(cls(5, 7).state_dict())
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])


@pytest.mark.parametrize(
    "wrong",
    [pyg.LCMAggregation(6, 6), pyg.LSTMAggregation(6, 6), pyg.GRUAggregation(6, 6)],
    ids=lambda m: type(m).__name__,
)
def test_stock_modules_depend_on_the_batch(wrong):
    x = torch.randn(INDEX.numel(), 6)
    with pytest.raises(AssertionError, match="another result alone than in the batch"):
        assert_batch_independent(wrong.to(x.dtype), x, INDEX)


@pytest.mark.parametrize("op", ALL)
def test_contract(op, build_lcm):
    assert_layer_contract(build_lcm(op), torch.randn(INDEX.numel(), 6), INDEX)


def test_contract_of_a_learned_identity(build_lcm):
    assert_layer_contract(build_lcm(empty="learned"), torch.randn(INDEX.numel(), 6), INDEX)


@pytest.mark.parametrize("op", ALL)
@pytest.mark.parametrize("order", ["given", "sorted"])
def test_batch_independent(tol, op, order, build_lcm, ragged):
    aggr = build_lcm(op, order=order)
    x, index = ragged()
    assert_batch_independent(aggr, x, index, tol=tol)
    huge, its_index = torch.randn(500, 6), torch.full((500,), 9)
    beside = aggr(torch.cat([x, huge]), torch.cat([index, its_index]))[:9]
    torch.testing.assert_close(beside, aggr(x, index, dim_size=9), atol=tol, rtol=tol)


@pytest.mark.parametrize("op", EXACT)
def test_exact_operators_are_permutation_invariant(tol, op, build_lcm, ragged):
    assert_invariant(build_lcm(op), *ragged(), tol=tol)


def test_mlp_is_invariant_at_the_start(tol, ragged):
    assert_invariant(LCMAggregation(6, 6, op="mlp"), *ragged(), tol=tol)


def test_gru_is_not(build_lcm, ragged):
    with pytest.raises(AssertionError, match="permutation"):
        assert_invariant(build_lcm("gru"), *ragged())


@pytest.mark.parametrize("op", ["gru", "mlp"])
def test_sorted_order_is_permutation_invariant(tol, op, ragged, build_lcm):
    x, index = ragged()
    x[10:20] = x[20:30]  # Duplicates,
    x[30:40, 1:] = 0.0  # and rows that differ in one channel.
    assert_invariant(build_lcm(op, order="sorted", project=False), x, index, tol=tol)


def test_sorted_order_breaks_ties_of_the_projection(tol, build_lcm):
    projection = torch.randn(2, generator=torch.Generator().manual_seed(0), dtype=torch.float)
    a, b = projection.tolist()
    x = torch.tensor([[b, -a], [-b, a], [0.0, 0.0], [2 * b, -2 * a]])  # All project to zero.
    assert_invariant(build_lcm("gru", 2, order="sorted", project=False), x, tol=tol)


@pytest.mark.parametrize("op", ALL)
def test_singletons_are_unchanged_and_empty_sets_are_zero(tol, op, build_lcm):
    x = torch.randn(3, 6)
    out = build_lcm(op, project=False)(x, torch.tensor([0, 2, 3]), dim_size=5)
    torch.testing.assert_close(out[[0, 2, 3]], x, atol=tol, rtol=tol)
    assert bool((out[[1, 4]] == 0).all())


def test_learned_identity(build_lcm):
    aggr = build_lcm(empty="learned")
    out = aggr(torch.randn(2, 6), torch.tensor([1, 1]), dim_size=3)
    assert torch.equal(out[0], aggr.identity) and torch.equal(out[2], aggr.identity)
    out.sum().backward()
    assert aggr.identity.grad.tolist() == [2.0] * 6


def test_forms_of_the_same_sets_agree(build_lcm):
    aggr = build_lcm()
    index = INDEX
    x = torch.randn(index.numel(), 6)
    expected = aggr(x, index)
    ptr = torch.tensor([0, 2, 2, 7, 8, 8, 11])
    for out in (
        aggr(x, ptr=ptr),
        aggr(x, index, ptr=ptr),
        aggr(x, index.int()),
        aggr(x, index, dim_size=8)[:6],
        aggr(x, index, max_num_elements=5),
        aggr(x, plan=TreePlan.from_ptr(ptr)),
        aggr(x, plan=TreePlan.from_index(index)),
    ):
        torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("op", ["gru", "topk"])
@pytest.mark.parametrize("order", ["given", "sorted"])
def test_any_dimension(op, order, build_lcm):
    aggr = build_lcm(op, order=order)
    x = torch.randn(3, 4, INDEX.numel(), 6)
    expected = torch.stack(
        [torch.stack([aggr(x[i, j], INDEX) for j in range(4)]) for i in range(3)]
    )
    torch.testing.assert_close(aggr(x, INDEX), expected)
    torch.testing.assert_close(aggr(x.movedim(2, 0), INDEX, dim=0), expected.movedim(2, 0))
    torch.testing.assert_close(aggr(x.movedim(2, -1), INDEX, dim=-1), expected.movedim(2, -1))


@pytest.mark.parametrize("op", ALL)
def test_no_elements_and_no_sets(op, build_lcm):
    aggr = build_lcm(op)
    none = torch.empty(0, dtype=torch.long)
    assert aggr(torch.empty(0, 6), none).shape == (0, 6)
    assert aggr(torch.empty(0, 6), none, dim_size=3).tolist() == torch.zeros(3, 6).tolist()


def test_random_order_in_training_and_given_in_evaluation(build_lcm, ragged):
    aggr = build_lcm(order="random")
    x, index = ragged()
    assert not torch.allclose(aggr(x, index), aggr(x, index))
    aggr.eval()
    given = build_lcm(order="given")
    given.load_state_dict(aggr.state_dict())
    assert torch.equal(aggr(x, index), given(x, index))


def test_generator_decides_random_orders(build_lcm, ragged):
    aggr = build_lcm(order="random")
    x, index = ragged()
    outs = [aggr(x, index, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(outs[0], outs[1]) and not torch.allclose(outs[0], outs[2])


def test_average_over_orders_is_closer_to_invariant(ragged, build_lcm):
    x, index = ragged(num_elements=200)

    def spread(num_orders):
        aggr = build_lcm(order="random", num_orders=num_orders, project=False).eval()
        return torch.stack([aggr(x, index) for _ in range(10)]).std(dim=0).mean()

    torch.manual_seed(0)
    few = spread(1)
    torch.manual_seed(0)
    assert spread(32) < few / 3


def test_associativity_loss_falls_threefold_in_200_steps(build_lcm, ragged):
    aggr = build_lcm(channels=8, project=False, assoc_weight=1.0)
    optimizer = torch.optim.Adam(aggr.parameters(), lr=1e-2)
    x, index = ragged(8)
    history = []
    for _ in range(200):
        aggr(x, index)
        loss = aggr.regularization()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert sum(history[-10:]) < sum(history[:10]) / 3
    assert aggr.associativity_error(x) > 0


def test_regularization_is_weighted_cleared_and_absent_in_evaluation(build_lcm, ragged):
    aggr = build_lcm(assoc_weight=1.0)
    x, index = ragged()
    aggr(x, index, generator=torch.Generator().manual_seed(0))
    once = aggr.regularization()
    assert once > 0 and aggr.regularization() == 0
    aggr.assoc_weight = 3.0
    aggr(x, index, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(regularization(torch.nn.ModuleList([aggr])), 3 * once)
    aggr.eval()(x, index)
    assert aggr.regularization() == 0


@pytest.mark.parametrize("op", EXACT)
def test_exact_operators_need_no_loss(tol, op, build_lcm, ragged):
    aggr = build_lcm(op, assoc_weight=1.0)
    x, index = ragged()
    aggr(x, index)
    assert aggr.regularization() == 0 and aggr.associativity_error(x) < tol


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"project": False, "out_channels": 4}, r"'project' must be True .*\(6\).*\(4\)"),
        ({"order": "up"}, r"'order' must be one of .* \(got 'up'\)"),
        ({"empty": "one"}, r"'empty' must be one of .* \(got 'one'\)"),
        ({"assoc_weight": -1.0}, r"'assoc_weight' must not be negative \(got -1.0\)"),
        ({"assoc_weight": float("nan")}, r"'assoc_weight' must not be negative \(got nan\)"),
        ({"num_triples": 0}, r"'num_triples' must be an integer of 1 or more \(got 0\)"),
        ({"num_orders": -1}, r"'num_orders' must be an integer of 0 or more \(got -1\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        LCMAggregation(**{"in_channels": 6, "out_channels": 6, **kwargs})


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda a, x: a(x, torch.tensor([0, 1, 5]), dim_size=3), r"at least 6 .*\(got 3\)"),
        (lambda a, x: a(x, torch.tensor([0, -1, 1])), r"'index' must not be negative \(got -1\)"),
        (lambda a, x: a(x, torch.tensor([0, 1])), r"'x' has 3 elements .* the sets have 2"),
        (lambda a, x: a(x, ptr=torch.tensor([0, 2, 1, 3])), r"'ptr' must not decrease"),
        (lambda a, x: a(x, ptr=torch.tensor([0, 2])), r"'x' has 3 elements .* the sets have 2"),
        (lambda a, x: a(x[:, :5], torch.tensor([0, 0, 0])), r"'x' must have 6 channels \(got 5\)"),
        (
            lambda a, x: a(x[:3].long(), torch.tensor([0, 0, 0])),
            r"'x' must hold floating-point numbers \(got torch.int64\)",
        ),
    ],
)
def test_bad_calls(call, message, build_lcm):
    with pytest.raises(ValueError, match=message):
        call(build_lcm(), torch.randn(3, 6))


def test_bad_operator():
    aggr = LCMAggregation(6, 6, op=lambda a, b: a[:, :3])
    with pytest.raises(ValueError, match=r"'op' must return the shape of its operands"):
        aggr(torch.randn(3, 6), torch.zeros(3, dtype=torch.long))


def test_repr():
    assert str(LCMAggregation(6, 8, op="topk", k=4)) == (
        "LCMAggregation(6, 8, project=True, op=TopKOperator(8, k=4))"
    )
