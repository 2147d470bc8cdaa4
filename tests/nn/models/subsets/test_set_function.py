import itertools

import pytest
import torch

from pyg_symm.nn.models import INSET

BATCH = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2, 2])


def built(seed=0, **kwargs):
    torch.manual_seed(seed)
    return INSET(4, 8, **kwargs).double().eval()


def features(num=9, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, 4, generator=generator, dtype=torch.double)


def literal_value(model, x, mask):
    """The value of one subset of one set."""
    h, f = model.encoder(x), model.mean_field.set_function
    hidden = f.aggr.lin_subset(sum((h[i] for i in range(len(x)) if mask[i]), 0 * h[0]))
    if model.superset:
        hidden = hidden + f.aggr.lin_superset(h.mean(dim=0))
    return f.out(f.lin(hidden.relu()).relu())


@pytest.mark.parametrize("superset", [True, False])
def test_value_is_the_formula(superset):
    model, x = built(superset=superset), features()
    mask = torch.rand(3, len(x), generator=torch.Generator().manual_seed(2)) < 0.5
    value = model.value(x, mask, BATCH)
    assert value.shape == (3, 3)
    for m, b in itertools.product(range(3), range(3)):
        expected = literal_value(model, x[BATCH == b], mask[m, BATCH == b])
        torch.testing.assert_close(value[m, b], expected.squeeze())
    torch.testing.assert_close(model.value(x, mask[0], BATCH), value[0])


@torch.no_grad()
def test_one_subset_of_two_supersets():
    x = features(7)
    small, large = slice(0, 5), slice(0, 7)
    mask = torch.tensor([1, 0, 1, 0, 0, 0, 0]).bool()
    for superset in (False, True):
        model = built(superset=superset)
        change = model.value(x[small], mask[small]) - model.value(x[large], mask[large])
        gain = [
            model.mean_field.set_function.gains(
                model.encoder(x[s]), mask[s][None], torch.zeros(s.stop, dtype=torch.long), 1
            )[0, 0]
            for s in (small, large)
        ]
        apart = gain[0] - gain[1]
        if superset:
            assert abs(change) > 1e-4 and abs(apart) > 1e-4
        else:
            assert change == 0 and apart == 0


def test_chunks_change_nothing():
    whole = built()
    parts = built(chunk_size=7)
    parts.load_state_dict(whole.state_dict())
    x, y = features(), torch.arange(9) % 2
    torch.testing.assert_close(parts(x, BATCH), whole(x, BATCH))
    grads = []
    for model in (whole, parts):
        torch.manual_seed(0)
        model.train().loss(x, y, BATCH).backward()
        grads.append([p.grad for p in model.parameters()])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("fractional", [True, False])
def test_some_elements_alone(fractional):
    model, x = built(), features()
    f, h = model.mean_field.set_function, model.encoder(x)
    mask = torch.rand(3, 9, generator=torch.Generator().manual_seed(0)).double()
    mask = mask if fractional else mask < 0.5
    wanted = torch.tensor([8, 0, 3])
    torch.testing.assert_close(
        f.gains(h, mask, BATCH, 3, wanted), f.gains(h, mask, BATCH, 3)[:, wanted]
    )
