import math

import pytest
import torch

from pyg_symm.causal.baselines.features import Features, Moments, choose_penalty, solve


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def drawn(generator, num=60, d=3):
    return torch.randn(num, d, generator=generator, dtype=torch.double)


def test_features(generator):
    x = 5 + 3 * drawn(generator)
    features = Features.draw(x, 8, generator)
    found = features(x)
    assert found.shape == (60, 12) and bool((found[:, 0] == 1).all())
    torch.testing.assert_close(found[:, 1:4].std(0, correction=0), torch.ones(3).double())
    z = (x - x.mean(0)) / x.std(0, correction=0)
    plain = [math.cos(features.weight[:, 2] @ row + features.shift[2]) * 0.5 for row in z]
    torch.testing.assert_close(found[:, 6], x.new_tensor(plain))


def test_kernel_of_random_features(generator):
    x = drawn(generator, 6)
    waves = Features.draw(x, 100_000, generator)(x)[:, 4:]
    z = (x - x.mean(0)) / x.std(0, correction=0)
    kernel = (-torch.cdist(z, z).square() / (2 * 3)).exp()
    torch.testing.assert_close(waves @ waves.T, kernel, atol=0.02, rtol=0)


def test_constant_and_missing_inputs(generator):
    x = torch.full((5, 1), 1e8, dtype=torch.double)
    assert Features.draw(x, 0, generator)(x).tolist() == [[1.0, 0.0]] * 5
    assert Features.draw(x[:, :0], 9, generator)(x[:, :0]).tolist() == [[1.0]] * 5


def test_moments_give_squared_errors(generator):
    phi, y, w = drawn(generator, 30), drawn(generator, 30, 1)[:, 0], drawn(generator, 1)[0]
    group = torch.arange(30) % 7 // 3
    moments = Moments.of(phi, y, group)
    expected = [(y - phi @ w)[group == k].square().mean() for k in range(3)]
    torch.testing.assert_close(moments.risks(w), torch.stack(expected))
    assert moments.count.tolist() == [(group == k).sum() for k in range(3)]
    torch.testing.assert_close(moments.share @ moments.risks(w), (y - phi @ w).square().mean())


def test_ridge_has_no_penalty_on_the_constant(generator):
    x = drawn(generator)
    phi = torch.cat([torch.ones(60, 1).double(), x], 1)
    y = 7 + x[:, 0] + 0.1 * drawn(generator, 60, 1)[:, 0]
    moments = Moments.of(phi, y, torch.zeros(60, dtype=torch.long))
    w = moments.ridge(moments.share, 1e9)
    torch.testing.assert_close(w, w.new_tensor([y.mean(), 0, 0, 0]), atol=1e-6, rtol=1e-6)
    z, t = x - x.mean(0), y - y.mean()
    slopes = torch.linalg.solve(z.T @ z / 60 + 0.5 * torch.eye(3).double(), z.T @ t / 60)
    w = moments.ridge(moments.share, 0.5)
    torch.testing.assert_close(w[1:], slopes)
    torch.testing.assert_close(w[0], y.mean() - x.mean(0) @ slopes)


def test_without_a_unique_solution_the_smallest_is_taken():
    gram = torch.tensor([[1.0, 0, 0], [0, 1, 1], [0, 1, 1]], dtype=torch.double)
    found = solve(gram, gram.new_tensor([0.0, 2, 2]), 0.0)
    torch.testing.assert_close(found, gram.new_tensor([0.0, 1, 1]))


def test_penalty_of_cross_validation(generator):
    x, noise = drawn(generator, 100, 30), drawn(generator, 100, 1)[:, 0]
    phi = torch.cat([torch.ones(100, 1).double(), x], 1)
    fold = torch.randperm(100, generator=generator) % 5
    assert choose_penalty(phi, noise, fold) >= 1  # There is nothing to learn.
    assert choose_penalty(phi, x[:, 0] + 1e-4 * noise, fold) == 1e-6

    y = x[:, 0] + 2 * noise
    errors = {}
    for penalty in (10.0**power for power in range(-6, 3)):
        errors[penalty] = 0.0
        for k in range(5):
            train = Moments.of(phi[fold != k], y[fold != k], torch.zeros_like(fold[fold != k]))
            w = train.ridge(train.share, penalty)
            errors[penalty] += float((y - phi @ w)[fold == k].square().sum())
    assert choose_penalty(phi, y, fold) == min(errors, key=errors.get)
