import numpy as np
import pytest

from pyg_symm.causal import PooledRidge


def test_closed_form(mixed):
    x, y, _ = mixed(200)
    model = PooledRidge(num_features=0, penalty=0.3).fit(x, y)
    z, t = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    w = np.linalg.solve(z.T @ z / 400 + 0.3 * np.eye(2), z.T @ t / 400)
    np.testing.assert_allclose(model.coefficients_[1:], w)
    np.testing.assert_allclose(model.predict(x), y.mean() + y.std() * (z @ w))


def test_environments_change_nothing(mixed):
    x, y, env = mixed(60)
    ours = PooledRidge().fit(x, y, env).predict(x)
    np.testing.assert_allclose(ours, PooledRidge().fit(x, y).predict(x), atol=1e-8)


def test_known_coefficients(mixed, slopes):
    # Per environment, x1 has the weight s^2 / (s^2 + 1): here s^2 = 2.02 on average.
    x, y, _ = mixed(100_000)
    found = slopes(PooledRidge(num_features=0, penalty=0.0).fit(x, y))
    assert found == pytest.approx([1 / 3.02, 2.02 / 3.02], abs=0.01)


def test_variables_are_picked(mixed):
    x, y, _ = mixed(100)
    ours = PooledRidge([0], penalty=0.1).fit(x, y).predict(x)
    np.testing.assert_allclose(ours, PooledRidge(penalty=0.1).fit(x[:, :1], y).predict(x[:, :1]))
