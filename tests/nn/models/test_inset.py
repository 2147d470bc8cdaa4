import itertools

import pytest
import torch
from torch_geometric.nn import GIN, global_add_pool

from pyg_symm.nn.models import INSET
from pyg_symm.testing import ModelSuite

DTYPES = [torch.float32, torch.float64]
BATCH = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2, 2])


def built(dtype=torch.float64, seed=0, **kwargs):
    torch.manual_seed(seed)
    return INSET(4, 8, **kwargs).to(dtype).eval()


def features(num=9, dtype=torch.float64, seed=1):
    return torch.randn(num, 4, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def all_subsets(num):
    return torch.tensor(list(itertools.product([False, True], repeat=num)))


class ElementSuite(ModelSuite):
    model = INSET

    def call(self, model, batch):
        return model(batch.x, batch.batch)

    def _loss(self, model, graphs):
        from torch_geometric.data import Batch

        batch = Batch.from_data_list(graphs)
        return model.loss(batch.x, (batch.x[:, 0] > 0), batch.batch)


class TestINSET(ElementSuite):
    def build(self):
        return INSET(self.in_channels, 8)


class TestEquiVSet(ElementSuite):
    def build(self):
        return INSET(self.in_channels, 8, superset=False, inference="copula")


class TestIndependent(ElementSuite):
    def build(self):
        return INSET(self.in_channels, 8, inference="independent", num_steps=2)


class TestImplicit(ElementSuite):
    def build(self):
        return INSET(self.in_channels, 8, implicit=True)


# Values -----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_reordered_sets(dtype):
    model, x = built(dtype), features(dtype=dtype)
    mask = torch.arange(len(x)) % 2 == 0
    move = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    tol = {"rtol": 1e-5, "atol": 1e-6}
    torch.testing.assert_close(
        model.value(x[move], mask[move], BATCH[move]), model.value(x, mask, BATCH), **tol
    )
    torch.testing.assert_close(model(x[move], BATCH[move]), model(x, BATCH)[move], **tol)
    picked = model.predict(x, BATCH, k=1)
    assert torch.equal(model.predict(x[move], BATCH[move], k=1), picked[move])


@pytest.mark.parametrize("inference", ["diffmf", "independent", "copula"])
def test_sets_of_a_batch_are_independent(inference):
    model, x = built(inference=inference), features()
    together = model(x, BATCH)
    for b in range(3):
        mine = BATCH == b
        torch.testing.assert_close(model(x[mine]), together[mine])


# Training ---------------------------------------------------------------------


@pytest.mark.parametrize("inference", ["diffmf", "independent", "copula"])
def test_gradients_reach_every_part(inference):
    model, x = built(inference=inference).train(), features()
    y = torch.arange(len(x)) % 2
    model.loss(x, y, BATCH).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("superset", [True, False])
def test_the_loss_compares_members_with_as_many_others(superset):
    model, x = built(superset=superset), features()
    logits = torch.logit(model(x, BATCH))
    y = torch.tensor([1, 1, 0, 1, 0, 0, 0, 0, 0])  # Two of three, all, none.
    cost = torch.nn.functional.softplus(torch.where(y.bool(), -logits, logits))
    # Two members have one other element to compare with. Of the last set, one element is drawn.
    drawn = 3 * model.loss(x, y, BATCH) - cost[:4].sum()
    assert (cost[4:] - drawn).abs().min() < 1e-6


# Samples ----------------------------------------------------------------------


@pytest.mark.parametrize("inference", ["diffmf", "independent", "copula"])
def test_marginals_of_samples(inference):
    model, x = built(inference=inference), features()
    num = 20_000
    drawn = model.sample(x, BATCH, num_samples=num, generator=torch.Generator().manual_seed(0))
    assert drawn.shape == (num, len(x)) and drawn.dtype == torch.bool
    q = model(x, BATCH).detach()
    error = (q * (1 - q) / num).sqrt()
    assert bool(((drawn.double().mean(dim=0) - q).abs() <= 4 * error).all())


def test_samples_follow_their_generator():
    model, x = built(), features()
    first, second = (
        model.sample(x, BATCH, num_samples=3, generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    )
    assert torch.equal(first, second)


# Selection --------------------------------------------------------------------


def test_predict():
    model, x = built(), features()
    q = model(x, BATCH)
    assert torch.equal(model.predict(x, BATCH), q > 0.5)
    assert torch.equal(model.predict(x, BATCH, threshold=0.2), q > 0.2)
    picked = model.predict(x, BATCH, k=torch.tensor([2, 0, 3]))
    assert torch.bincount(BATCH[picked], minlength=3).tolist() == [2, 0, 3]
    assert q[:3][picked[:3]].min() > q[:3][~picked[:3]].max()


def test_sets_of_graphs():
    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gnn = GIN(3, 8, num_layers=2)

        def forward(self, graphs):
            h = self.gnn(graphs.x, graphs.edge_index)
            return global_add_pool(h, graphs.batch)

    from torch_geometric.data import Batch, Data

    graphs = Batch.from_data_list(
        [Data(x=torch.randn(n, 3), edge_index=torch.tensor([[0, 1], [1, 0]])) for n in (2, 3, 4)]
    )
    model = INSET(3, 8, encoder=Encoder()).eval()
    assert model(graphs, torch.tensor([0, 0, 1])).shape == (3,)
    assert model.predict(graphs, k=2).sum() == 2


def test_no_elements():
    model = built()
    none = features(0)
    assert model(none).shape == (0,)
    assert model(none, torch.empty(0, dtype=torch.long)).shape == (0,)
    assert model.value(none, torch.empty(0)).shape == (1,)
    assert model.sample(none).shape == (1, 0)
    with pytest.raises(ValueError, match="'x' must hold at least one element"):
        model.loss(none, torch.empty(0))
    with pytest.raises(ValueError, match=r"'k' must be in 0..0 for set 0 \(got 1\)"):
        model.predict(none, k=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x: m.predict(x, BATCH, k=4), r"'k' must be in 0..3 for set 0 \(got 4\)"),
        (lambda m, x: m.predict(x, BATCH, k=torch.ones(2)), "one for each of 3 sets"),
        (lambda m, x: m.predict(x * torch.nan, BATCH), "'x' must be finite"),
        (lambda m, x: m.loss(x, torch.full((9,), 2), BATCH), r"'y' must be zero or one \(got 2\)"),
        (lambda m, x: m.loss(x, torch.zeros(8), BATCH), r"'y' must have shape \[9\]"),
        (lambda m, x: m(x, BATCH[:5]), r"'batch' must have shape \[9\] \(got \[5\]\)"),
        (lambda m, x: m(x, BATCH - 1), "'batch' must not be negative"),
        (lambda m, x: m(x[:, :3], BATCH), r"'x' must have shape \[N, 4\] \(got \[9, 3\]\)"),
        (lambda m, x: m(x, BATCH.float()), "'batch' must hold integers .got torch.float32"),
        (lambda m, x: m.predict(x, BATCH, threshold=1.5), r"'threshold' must be in 0..1 .got 1.5"),
        (lambda m, x: m.value(x, torch.ones(2, 8), BATCH), "'mask' must have shape"),
        (lambda m, x: m.marginal_gains(x, x[:, 0] * 0 + 2, BATCH), r"'q' must be in 0..1"),
        (lambda m, x: m.marginal_gains(x, x[:, 0] * 0, BATCH, estimator="none"), "'estimator'"),
        (lambda m, x: m.marginal_gains(x, x[:, 0] * 0, BATCH, num_samples=0), "'num_samples'"),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call(built(), features())


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"inference": "mf"}, "'inference' must be one of"),
        ({"num_samples": 0}, "'num_samples'"),
        ({"num_steps": 0}, "'num_steps'"),
        ({"chunk_size": 0}, "'chunk_size' must be an integer of 1 or more .got 0"),
        ({"chunk_size": 1.5}, "'chunk_size' must be an integer of 1 or more .got 1.5"),
        ({"encoder": "gin"}, "'encoder' must be a module .got 'gin'"),
    ],
)
def test_bad_settings(kwargs, message):
    with pytest.raises(ValueError, match=message):
        INSET(4, 8, **kwargs)


def test_an_encoder_of_another_width():
    model = INSET(4, 8, encoder=torch.nn.Linear(4, 7))
    with pytest.raises(ValueError, match=r"'encoder' must give elements of shape \[N, 8\]"):
        model(torch.randn(9, 4))


def test_sets_may_be_numbered_in_any_integer_type():
    model, x, batch = INSET(4, 8).eval(), torch.randn(5, 4), torch.tensor([0, 0, 2, 2, 2])
    assert torch.equal(model(x, batch.int()), model(x, batch))


@torch.no_grad()
def test_compiled():
    torch._dynamo.reset()
    model, x, batch = INSET(4, 8).eval(), torch.randn(5, 4), torch.tensor([0, 0, 2, 2, 2])
    compiled = torch.compile(model, backend="eager")  # A warning would be an error.
    torch.testing.assert_close(compiled(x, batch), model(x, batch))
