import numpy as np
import pytest
import torch

from pyg_symm.causal.environments import environment_numbers, worst_env_report, worst_env_score


def test_report_of_environments():
    y, pred = [0.0, 0.0, 0.0, 0.0], [1.0, 3.0, 1.0, 2.0]
    report = worst_env_report(y, pred, ["b", "b", "a", "c"])
    assert report.errors == {"a": 1.0, "b": 5.0, "c": 4.0}
    assert report.counts == {"a": 1, "b": 2, "c": 1}
    assert (report.worst, report.max) == ("b", 5.0)
    assert report.mean == pytest.approx(10 / 3)
    assert report.std == pytest.approx(np.std([1, 5, 4]))


def test_arrays_and_tensors_are_alike():
    rng = np.random.default_rng(0)
    y, pred, env = rng.normal(size=50), rng.normal(size=50), rng.integers(4, size=50)
    plain = worst_env_report(y, pred, env)
    tensor = torch.from_numpy(pred).requires_grad_()
    assert worst_env_report(torch.from_numpy(y), tensor, torch.from_numpy(env)) == plain
    assert plain.max == max(np.square(y - pred)[env == k].mean() for k in range(4))
    order = rng.permutation(50)
    assert worst_env_report(y[order], pred[order], env[order]).max == pytest.approx(plain.max)


def test_score_is_that_of_the_worst_environment():
    rng = np.random.default_rng(1)
    y, env = rng.normal(size=60), np.arange(60) % 3
    pred = y + 0.1 * (env + 1) * rng.normal(size=60)

    def r2(rows):
        return 1 - np.square(y - pred)[rows].sum() / np.square(y - y[rows].mean())[rows].sum()

    assert worst_env_score(y, pred, env) == pytest.approx(min(r2(env == k) for k in range(3)))
    assert worst_env_score(y, pred) == pytest.approx(r2(env < 3))
    assert worst_env_score([1.0, 1.0], [1.0, 1.0]) == 1.0
    assert worst_env_score([1.0, 1.0], [1.0, 2.0]) == 0.0


def test_labels_without_an_order_or_a_truth_value():
    class Missing:
        """As the missing value of pandas."""

        def __eq__(self, other):
            return self

        def __bool__(self):
            raise TypeError("boolean value of NA is ambiguous")

        __hash__ = None

    with pytest.raises(ValueError, match=r"'env' must name an environment .*in row 1"):
        environment_numbers(np.array(["a", Missing()], dtype=object), 2)
    with pytest.raises(ValueError, match=r"'env' must hold labels of one type .got int, str"):
        environment_numbers(np.array(["a", 1], dtype=object), 2)


def test_numbers_of_environments():
    labels, number = environment_numbers(["x", "a", "x"], 3)
    assert labels == ["a", "x"] and number.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    "y, pred, env, message",
    [
        ([], [], [], "'y' must be a vector with rows"),
        ([[1.0]], [1.0], [0], r"'y' must be a vector with rows .got shape \[1, 1\]"),
        ([1.0], [1.0, 2.0], [0], "'pred' must have 1 rows .got 2"),
        ([1.0], [float("nan")], [0], "'pred' must be finite .got nan in row 0"),
        ([1.0, 2.0], [1.0, 2.0], [0], r"'env' must have shape \[2\] .got \[1\]"),
        ([1.0, 2.0], [1.0, 2.0], [0, float("nan")], "'env' must name an environment .got nan in"),
        ([1.0, 2.0], [1.0, 2.0], ["a", None], "'env' must name an environment .got None in row 1"),
    ],
)
def test_bad_input(y, pred, env, message):
    with pytest.raises(ValueError, match=message):
        worst_env_report(y, pred, env)
