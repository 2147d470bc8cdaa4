import torch

from pyg_symm.causal.mlp import fit_mlp, random_weights


def data(num=400):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(num, 3, generator=generator)
    return x, torch.randn(num, generator=generator), torch.arange(num) % 5, generator


def test_curves_are_fitted_and_noise_is_not():
    x, noise, fold, generator = data(1000)
    y = torch.stack([torch.sin(2 * x[:, 0]) + 0.1 * noise, noise])
    mask = torch.tensor([[True, False, False], [True, True, True]])
    f = fit_mlp(x, y, mask, fold, generator)
    grid = torch.zeros(50, 3)
    grid[:, 0] = torch.linspace(-1.5, 1.5, 50)
    found = f(grid)
    assert (found[0] - torch.sin(2 * grid[:, 0])).abs().max() < 0.3
    assert found[1].square().mean() < 0.1


def test_other_inputs_do_not_matter():
    x, noise, fold, generator = data()
    f = fit_mlp(x, noise, torch.tensor([[True, False, False]]), fold, generator, steps=30)
    other = x.clone()
    other[:, 1:] = 99
    torch.testing.assert_close(f(other), f(x))
    assert not f.weight.requires_grad


def test_constant_weights_stay_one_unit():
    # Every hidden unit has the same gradient: the reason for random weights.
    x, _, fold, generator = data()

    def constant(mask, hidden, generator):
        return {k: torch.ones_like(v) for k, v in random_weights(mask, hidden, generator).items()}

    y = torch.sin(2 * x[:, 0])
    mask = torch.tensor([[True, False, False]])
    f = fit_mlp(x, y, mask, fold, generator, steps=200, initial=constant)
    torch.testing.assert_close(f.weight, f.weight[..., :1].expand_as(f.weight))
    free = fit_mlp(x, y, mask, fold, generator, steps=200)
    assert (free(x) - y).square().mean() < 0.5 * (f(x) - y).square().mean()


def test_without_rows_held_out():
    x, noise, fold, generator = data(10)
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert fit_mlp(x, noise, mask, fold * 0, generator, steps=5)(x).shape == (2, 10)
