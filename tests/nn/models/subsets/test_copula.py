import torch

from pyg_symm.nn.models import INSET
from pyg_symm.nn.models.subsets import CopulaUniforms

INDEX = torch.tensor([0, 0, 0, 1, 1])


def draws(scale=3.0, num=100_000):
    copula = CopulaUniforms(torch.full((5,), scale), torch.full((5, 2), 0.9), INDEX, 2)
    return copula, copula(num, torch.Generator().manual_seed(0))


def test_numbers_are_uniform():
    _, uniform = draws()
    for level in (0.05, 0.3, 0.8):
        error = (level * (1 - level) / len(uniform)) ** 0.5
        assert bool((((uniform < level).double().mean(dim=0) - level).abs() < 4 * error).all())


def test_without_the_norm_they_are_not():
    """Scales and factors as the released code of EquiVSet uses them."""
    copula, _ = draws()
    copula.scale, copula.factors = torch.full((5,), 3.0), torch.full((5, 2), 0.9)
    uniform = copula(100_000, torch.Generator().manual_seed(0))
    assert bool(((uniform < 0.05).double().mean(dim=0) > 0.25).all())


def test_elements_of_one_set_are_correlated():
    corr = torch.corrcoef(draws(scale=0.1)[1].T)
    assert bool((corr[:3, :3] > 0.9).all()) and bool((corr[3:, 3:] > 0.9).all())
    assert bool((corr[:3, 3:].abs() < 0.02).all())


def test_samples_of_a_model_are_correlated():
    torch.manual_seed(0)
    model, x = INSET(4, 8, inference="copula").eval(), torch.randn(5, 4)
    with torch.no_grad():
        model.mean_field.recognition.out.bias[1:] = torch.tensor([-3.0, 9, 9, 9, 9, 9])
    drawn = model.sample(x, INDEX, num_samples=20_000, generator=torch.Generator().manual_seed(0))
    corr = torch.corrcoef(drawn.T.to(x.dtype))
    assert corr[0, 1] > 0.8 and corr[0, 3].abs() < 0.04


def test_gradients():
    scale, factors = torch.rand(5).requires_grad_(), torch.rand(5, 2).requires_grad_()
    CopulaUniforms(scale, factors, INDEX, 2)(3).sum().backward()
    assert scale.grad.any() and factors.grad.any()


def test_no_elements():
    none = torch.empty(0, dtype=torch.long)
    assert CopulaUniforms(torch.empty(0), torch.empty(0, 2), none, 0)(3).shape == (3, 0)
