import torch

from pyg_symm.causal.ridge import PENALTIES, fit_ridge


def data(num=200, inputs=3):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(num, inputs, generator=generator).double()
    noise = torch.randn(num, generator=generator).double()
    return x, noise, torch.arange(num) % 5, generator


def test_linear_functions_of_chosen_inputs():
    x, noise, fold, generator = data(2000)
    y = torch.stack([2 * x[:, 0] - x[:, 2] + 1, x[:, 1] + 0 * noise])
    mask = torch.tensor([[True, False, True], [False, True, False]])
    f = fit_ridge(x, y, mask, fold, generator, num_features=0)
    expected = torch.tensor([[2.0, 0, -1], [0, 1, 0]]).double()
    torch.testing.assert_close(f.linear, expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(f.bias, torch.tensor([1.0, 0]).double(), atol=1e-4, rtol=0)


def test_solves_the_normal_equations():
    x, noise, fold, generator = data()
    y = x[:, 0] + noise
    mask = torch.ones(1, 3, dtype=torch.bool)
    f = fit_ridge(x, y, mask, fold, generator, num_features=0)
    centred, target = x - x.mean(0), y - y.mean()
    gradient = centred.T @ (target - centred @ f.linear[0])
    penalties = gradient / (f.linear[0] * len(x))  # All the same, and one that is tried.
    assert min(abs(float(penalties.mean()) / p - 1) for p in PENALTIES) < 1e-6
    torch.testing.assert_close(penalties, penalties.mean().expand(3))


def test_curves_are_fitted_and_noise_is_not():
    x, noise, fold, generator = data(1000)
    y = torch.stack([torch.sin(2 * x[:, 0]) + 0.1 * noise, noise])
    mask = torch.tensor([[True, False, False], [True, True, True]])
    f = fit_ridge(x, y, mask, fold, generator)
    grid = torch.zeros(50, 3).double()
    grid[:, 0] = torch.linspace(-2, 2, 50)
    found = f(grid)
    assert (found[0] - torch.sin(2 * grid[:, 0])).abs().max() < 0.15
    assert found[1].abs().max() < 0.2


def test_other_inputs_do_not_matter():
    x, noise, fold, generator = data()
    f = fit_ridge(x, noise, torch.tensor([[True, False, False]]), fold, generator)
    other = x.clone()
    other[:, 1:] = 99
    torch.testing.assert_close(f(other), f(x))


def test_functions_do_not_depend_on_their_company():
    x, noise, fold, _ = data()
    mask = torch.tensor([[True, False, True], [False, True, False], [False, False, False]])
    fits = [
        fit_ridge(x, noise, some, fold, torch.Generator().manual_seed(1))
        for some in (mask, mask[1:])
    ]
    torch.testing.assert_close(fits[0](x)[1:], fits[1](x))
    torch.testing.assert_close(fits[0](x)[2], noise.mean().expand(len(x)))


def test_one_fold_and_few_rows():
    x, noise, fold, generator = data(3)
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert fit_ridge(x, noise, mask, fold * 0, generator)(x).isfinite().all()
