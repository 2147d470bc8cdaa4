import numpy as np
import pytest

from pyg_symm.causal import GroupDRO, PooledRidge, worst_env_report


def test_halfway_between_two_slopes():
    x = np.array([[-1.0], [1.0]] * 10 + [[-1.0], [1.0]])
    env = np.array([0] * 20 + [1] * 2)
    y = x[:, 0] * np.where(env == 0, 1.0, 4.0)
    model = GroupDRO(num_features=0, penalty=0.0).fit(x, y, env)
    assert model.predict([[1.0]]) == pytest.approx([2.5], abs=1e-5)
    assert model.weights_.tolist() == pytest.approx([0.5, 0.5], abs=1e-5)


def test_weights_balance_different_noise():
    # The errors 1 + (w - 0)^2 and (w - 2)^2 are equal at w = 3/4.
    x = np.array([[-1.0], [-1.0], [1.0], [1.0], [-1.0], [1.0]])
    y, env = np.array([-1.0, 1.0, -1.0, 1.0, -2.0, 2.0]), np.array([0, 0, 0, 0, 1, 1])
    model = GroupDRO(num_features=0, penalty=0.0).fit(x, y, env)
    assert model.predict([[1.0]]) == pytest.approx([0.75], abs=1e-4)
    report = worst_env_report(y, model.predict(x), env)
    assert report.errors[0] == pytest.approx(report.errors[1], abs=1e-3)


def test_one_environment_may_be_worst_whatever_one_does():
    x = np.array([[-1.0], [1.0], [-1.0], [-1.0], [1.0], [1.0]])
    y, env = np.array([-1.1, 1.1, -9.0, 7.0, -7.0, 9.0]), np.array([0, 0, 1, 1, 1, 1])
    model = GroupDRO(num_features=0, penalty=0.0).fit(x, y, env)
    assert model.weights_.tolist() == pytest.approx([0, 1], abs=1e-6)
    assert model.predict([[1.0]]) == pytest.approx([1.0], abs=1e-4)


def test_no_other_coefficients_have_a_smaller_worst_error(mixed):
    x, y, env = mixed(100, (0.5, 1.0, 2.0))
    x = x * np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, 0.5]])[env]
    model = GroupDRO(num_features=0, penalty=0.0).fit(x, y, env)

    def worst(w):
        return worst_env_report(y, w[0] + x @ w[1:], env).max

    best = np.append(model.predict(np.zeros((1, 2))), model.predict(np.eye(2)))
    best[1:] -= best[0]
    least = worst(best)
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1e-2, 0.1, 1.0):
        assert min(worst(best + scale * rng.normal(size=3)) for _ in range(200)) > least - 1e-5
    pooled = PooledRidge(num_features=0, penalty=0.0).fit(x, y).predict(x)
    assert least < worst_env_report(y, pooled, env).max - 0.05


def test_penalty_shrinks(mixed):
    x, y, env = mixed(50)
    free, tight = (GroupDRO(penalty=penalty).fit(x, y, env) for penalty in (1e-3, 10.0))
    assert tight.coefficients_[1:].norm() < 0.2 * free.coefficients_[1:].norm()
