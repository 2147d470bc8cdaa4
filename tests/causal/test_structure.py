import torch

from pyg_symm.causal.ridge import fit_ridge
from pyg_symm.causal.structure import StructuralModel, below, fit_structure, stacked

PARENTS = [[], [0], [0, 1], [2], []]  # Y, M, X1, X2, X3


def rows(num=3000):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(num, 5, generator=generator).double()
    y = noise[:, 0]
    m = 0.5 * y + noise[:, 1]
    a = y - m + 0.3 * noise[:, 2]
    b = 2 * a + 0.1 * noise[:, 3]
    return torch.stack([y, m, a, b, noise[:, 4]], 1), noise, generator


def fitted(residuals=True):
    values, noise, generator = rows()
    fold = torch.arange(len(values)) % 5

    def linear(*args):
        return fit_ridge(*args, num_features=0)

    model = fit_structure(PARENTS, [1], 0, values, linear, fold, generator, residuals)
    return model, noise


def test_noise_is_read_off():
    model, noise = fitted()
    assert sorted(model.equations) == [2, 3]
    torch.testing.assert_close(model.noise[:, 2], 0.3 * noise[:, 2], atol=0.05, rtol=0)
    torch.testing.assert_close(model.noise[:, 3], 0.1 * noise[:, 3], atol=0.02, rtol=0)


def test_the_observed_mechanism_gives_the_observed_rows():
    model, _ = fitted()
    chosen = torch.tensor([3, 5, 7])
    settings = {1: lambda _: model.values[chosen, 1].unsqueeze(0)}
    for column, found in enumerate(model.simulate(chosen, settings)):
        torch.testing.assert_close(found, model.values[chosen, column].unsqueeze(0))


def test_columns_below_follow_with_the_noise_of_their_row():
    model, noise = fitted()
    chosen = torch.arange(100)

    def twice(parents):  # Two interventions at once.
        assert parents.shape == (1, 100, 1)
        return torch.stack([parents[0, :, 0], torch.full((100,), 2.0).double()])

    y, m, a, b, other = model.simulate(chosen, {1: twice})
    assert y.shape == other.shape == (1, 100) and m.shape == a.shape == b.shape == (2, 100)
    expected = y - m + 0.3 * noise[chosen, 2]
    torch.testing.assert_close(a, expected, atol=0.1, rtol=0)
    torch.testing.assert_close(b, 2 * expected + 0.1 * noise[chosen, 3], atol=0.2, rtol=0)


def test_means_have_no_noise():
    model, _ = fitted(residuals=False)
    assert not model.noise.any()


def test_shuffled_columns_are_independent_of_what_is_above():
    model, _ = fitted()
    chosen = torch.arange(1000, 3000)
    data = model.shuffled(chosen, [1], 2, torch.Generator().manual_seed(1))
    assert data.shape == (4000, 5)
    assert torch.corrcoef(data.T)[0, 1].abs() < 0.05
    assert torch.isin(data[:, 1], model.values[:, 1]).all()
    torch.testing.assert_close(data[:2000, 0], model.values[chosen, 0])
    noise = data[:, 2] - (data[:, 0] - data[:, 1])
    torch.testing.assert_close(noise, model.noise[chosen, 2].repeat(2), atol=0.2, rtol=0)


def test_nothing_is_below():
    values, _, generator = rows(20)
    model = fit_structure([[]] * 5, [4], 0, values, fit_ridge, torch.zeros(20), generator)
    assert model.equations == {}
    assert isinstance(model, StructuralModel)
    assert below(PARENTS, [4]) == [] and below(PARENTS, [1]) == [2, 3]


def test_columns_side_by_side():
    columns = [torch.zeros(1, 3), torch.ones(2, 3)]
    assert stacked(columns, [1, 0], 3).shape == (2, 3, 2)
    assert stacked(columns, [], 3).shape == (1, 3, 0)
