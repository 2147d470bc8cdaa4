import numpy as np
import pytest

from pyg_symm.causal import AnchorRegression, PooledRidge


@pytest.fixture
def shifted():
    """A hidden cause biases regression; environments shift the variable only."""
    rng = np.random.default_rng(0)
    env, hidden = np.arange(6000) % 3, rng.normal(size=6000)
    x = 2.0 * env + hidden + rng.normal(size=6000)
    y = x + 2 * hidden + 0.1 * rng.normal(size=6000)
    return x[:, None], y, env


@pytest.mark.parametrize("gamma", [0.1, 1.0, 7.0])
def test_equal_to_regression_on_transformed_rows(gamma, mixed):
    x, y, env = mixed(50, (0.5, 1.0, 2.0))
    x = x + np.array([[0.0, 1.0], [2.0, 0.0], [-1.0, 3.0]])[env]
    model = AnchorRegression(gamma, num_features=0, penalty=0.0).fit(x, y, env)
    anchors = np.eye(3)[env]
    project = anchors @ np.linalg.pinv(anchors)
    change = np.eye(150) + (np.sqrt(gamma) - 1) * project
    rows = change @ np.concatenate([np.ones((150, 1)), x], 1)
    w = np.linalg.lstsq(rows, change @ y, rcond=None)[0]
    np.testing.assert_allclose(model.predict(x), w[0] + x @ w[1:], rtol=1e-6, atol=1e-8)


def test_one_is_ridge_regression(shifted):
    x, y, env = shifted
    ours = AnchorRegression(1.0).fit(x, y, env).predict(x)
    np.testing.assert_allclose(ours, PooledRidge().fit(x, y).predict(x), atol=1e-6)


def test_from_regression_to_instrumental_variables(shifted, slopes):
    x, y, env = shifted
    found = [
        slopes(AnchorRegression(gamma, num_features=0, penalty=0.0).fit(x, y, env), d=1)[0]
        for gamma in (1.0, 5.0, 50.0, 1e8)
    ]
    assert found == sorted(found, reverse=True)
    means = [(x[env == k].mean(), y[env == k].mean()) for k in range(3)]
    assert found[-1] == pytest.approx(np.polyfit(*zip(*means, strict=True), 1)[0])
    assert found[0] > 1.4 and found[-1] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("gamma", [0.0, -1.0, float("inf"), float("nan")])
def test_bad_strength(gamma):
    with pytest.raises(ValueError, match="'gamma' must be positive and finite"):
        AnchorRegression(gamma).fit([[1.0], [2.0]], [1.0, 2.0], [0, 1])
