import numpy as np
import pytest
import torch
import torch_geometric.nn as pyg
from torch_geometric.nn import SAGEConv

from pyg_symm.nn import RecurrentAggregation
from pyg_symm.nn.aggr import regularization
from pyg_symm.testing import (
    assert_batch_independent,
    assert_invariant,
    assert_layer_contract,
    peak_memory,
)

MODES = ["gru", "lstm"]
INDEX = torch.tensor([0, 0, 2, 2, 2, 2, 2, 3, 5, 5, 5])  # Sets 1 and 4 are empty.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_equals_pyg_on_sets_of_one_size(tol, mode, size):
    theirs = {"gru": pyg.GRUAggregation, "lstm": pyg.LSTMAggregation}[mode](4, 6)
    ours = RecurrentAggregation(mode, 4, 6)
    ours.load_state_dict(theirs.state_dict())
    x, index = torch.randn(5 * size, 4), torch.arange(5).repeat_interleave(size)
    torch.testing.assert_close(ours(x, index), theirs(x, index), atol=tol, rtol=tol)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_equals_torch_set_by_set(mode, num_layers):
    aggr = RecurrentAggregation(mode, 4, 6, num_layers=num_layers)
    x = torch.randn(INDEX.numel(), 4)
    shuffle = torch.randperm(INDEX.numel())
    out = aggr(x[shuffle], INDEX[shuffle])
    for s in range(6):
        mine = x[shuffle][INDEX[shuffle] == s]
        alone = getattr(aggr, mode)(mine)[0][-1] if len(mine) else torch.zeros(6)
        torch.testing.assert_close(out[s], alone)


@pytest.mark.parametrize("mode", MODES)
def test_contract_and_batch_independence(tol, mode):
    aggr, x = RecurrentAggregation(mode, 4, 6), torch.randn(INDEX.numel(), 4)
    assert_layer_contract(aggr, x, INDEX)
    assert_batch_independent(aggr, x, INDEX, tol=tol)
    with pytest.raises(AssertionError, match="permutation"):
        assert_invariant(aggr, x, INDEX)


@pytest.mark.parametrize("mode", MODES)
def test_empty_sets_are_zero(mode):
    aggr = RecurrentAggregation(mode, 4, 6)
    out = aggr(torch.randn(2, 4), torch.tensor([1, 1]), dim_size=4)
    assert bool((out[[0, 2, 3]] == 0).all()) and bool((out[1] != 0).all())
    none = torch.empty(0, dtype=torch.long)
    assert aggr(torch.empty(0, 4), none).shape == (0, 6)
    assert aggr(torch.empty(0, 4), none, dim_size=3).tolist() == torch.zeros(3, 6).tolist()


def test_any_dimension():
    aggr, x = RecurrentAggregation("gru", 4, 6), torch.randn(3, INDEX.numel(), 4)
    expected = torch.stack([aggr(s, INDEX) for s in x])
    torch.testing.assert_close(aggr(x, INDEX), expected)
    torch.testing.assert_close(aggr(x.movedim(1, 0), INDEX, dim=0), expected.movedim(1, 0))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [torch.float64], indirect=True)
def test_gradient(mode):
    aggr = RecurrentAggregation(mode, 2, 3)
    index = torch.tensor([0, 2, 2, 3, 3, 3, 3, 3])
    assert torch.autograd.gradcheck(lambda x: aggr(x, index), torch.randn(8, 2, requires_grad=True))


def test_random_order_in_training_only():
    aggr = RecurrentAggregation("gru", 4, 6, order="random")
    given = RecurrentAggregation("gru", 4, 6)
    given.load_state_dict(aggr.state_dict())
    x = torch.randn(INDEX.numel(), 4)
    assert not torch.allclose(aggr(x, INDEX), aggr(x, INDEX))
    outs = [aggr(x, INDEX, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2)]
    assert torch.equal(outs[0], outs[1]) and not torch.allclose(outs[0], outs[2])
    assert torch.equal(aggr.eval()(x, INDEX), given(x, INDEX))


# The penalty ----------------------------------------------------------------


def test_penalty_is_there_in_training_only():
    aggr = RecurrentAggregation("gru", 4, 6, invariance_weight=0.5)
    x = torch.randn(INDEX.numel(), 4)
    aggr(x, INDEX)
    assert aggr.regularization() > 0 and aggr.regularization() == 0
    aggr.eval()(x, INDEX)
    assert aggr.regularization() == 0
    plain = RecurrentAggregation("gru", 4, 6)
    plain(x, INDEX)
    assert plain.regularization() == 0


def test_singletons_have_one_order_only():
    aggr = RecurrentAggregation("gru", 4, 6, invariance_weight=0.5)
    aggr(torch.randn(5, 4), torch.arange(5))
    assert aggr.regularization() == 0


def test_elements_that_are_alike_have_no_order():
    aggr = RecurrentAggregation("lstm", 4, 6, invariance_weight=0.5)
    aggr(torch.randn(6, 4)[INDEX], INDEX)
    assert aggr.regularization() < 1e-25


def test_penalty_lowers_the_order_sensitivity():
    aggr = RecurrentAggregation("gru", 4, 8, invariance_weight=1.0)
    index = torch.arange(40).repeat_interleave(8)
    x = torch.randn(320, 4)
    shuffle = torch.randperm(320)

    def sensitivity():
        with torch.no_grad():
            out, other = aggr(x, index), aggr(x[shuffle], index[shuffle])
        return ((out - other).norm() / out.norm()).item()

    before = sensitivity()
    optimizer = torch.optim.Adam(aggr.parameters(), lr=1e-2)
    for _ in range(150):
        # Keep the output alive: a network that says nothing is invariant too.
        out = aggr(x, index)
        loss = regularization(aggr) + (out.std(dim=0) - 0.5).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert sensitivity() < before / 2


# The cost -------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_padded(mode):
    ptr = torch.cat([torch.tensor([0]), torch.tensor([1024, *[1] * 5000]).cumsum(0)])
    aggr = RecurrentAggregation(mode, 8, 8).float()
    x = torch.randn(6024, 8, dtype=torch.float, requires_grad=True)
    peak = peak_memory(lambda: aggr(x, ptr=ptr).sum().backward())
    padded = 5001 * 1024 * 8 * x.element_size()
    assert peak < padded / 10


def test_as_an_aggregation_of_a_convolution():
    conv = SAGEConv(4, 6, aggr=RecurrentAggregation("lstm", 4, 4))
    out = conv(torch.randn(5, 4), torch.tensor([[0, 1, 2, 3], [1, 1, 1, 0]]))
    assert out.shape == (5, 6)
    out.sum().backward()


def test_autocast():
    aggr = RecurrentAggregation("gru", 4, 6).float()
    x = torch.randn(INDEX.numel(), 4, dtype=torch.float)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = aggr(x, INDEX)
    error = (out.float() - aggr(x, INDEX)).norm() / aggr(x, INDEX).norm()
    assert error < 0.05


# Bad input ------------------------------------------------------------------


@pytest.mark.parametrize(
    "args, kwargs, message",
    [
        (("rnn", 4, 6), {}, r"'mode' must be one of \['gru', 'lstm'\] \(got 'rnn'\)"),
        (("gru", 4, 6), {"order": "sorted"}, r"'order' must be one of .*\(got 'sorted'\)"),
        (("gru", 4, 6), {"invariance_weight": -1}, r"'invariance_weight' .*\(got -1\)"),
        (("gru", 4, 6), {"invariance_weight": float("nan")}, r"'invariance_weight' .*\(got nan\)"),
        (("gru", 4, 6), {"bidirectional": True}, r"'bidirectional' is not supported"),
        (("lstm", 4, 6), {"proj_size": 3}, r"'proj_size' is not supported \(got 3\)"),
    ],
)
def test_wrong_settings(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        RecurrentAggregation(*args, **kwargs)


@pytest.mark.parametrize(
    "x, kwargs, message",
    [
        (torch.zeros(2, 5), {"index": torch.tensor([0, 1])}, r"'x' must have 4 channels \(got 5\)"),
        (torch.zeros(2, 4), {"index": torch.tensor([0])}, r"'index' has 1 entries for 2 elements"),
        (torch.zeros(2, 4), {"index": torch.tensor([0, -1])}, r"'index' must not be negative"),
        (torch.zeros(2, 4), {"ptr": torch.tensor([0, 3])}, r"'ptr' ends at 3, .* 2 elements"),
    ],
)
def test_wrong_input(x, kwargs, message):
    aggr = RecurrentAggregation("gru", 4, 6)
    with pytest.raises(ValueError, match=message):
        aggr.forward(x, **kwargs)


def test_sizes_of_numpy():
    aggr = RecurrentAggregation("gru", np.int64(4), np.int64(6))
    assert aggr(torch.randn(3, 4), torch.tensor([0, 0, 1])).shape == (2, 6)
