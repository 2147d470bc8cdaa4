import numpy as np
import pytest
import torch

from pyg_symm.causal import AnchorRegression, GroupDRO, IRMv1, PooledRidge

MODELS = [PooledRidge, AnchorRegression, IRMv1, GroupDRO]


class Frame:
    """A table with names of columns, as much of it as is used."""

    def __init__(self, **columns):
        self.data = columns
        self.columns = list(columns)
        self.shape = (len(self), len(columns))

    def __len__(self):
        return len(next(iter(self.data.values())))

    def __getitem__(self, names):
        return Frame(**{name: self.data[name] for name in names})

    def __array__(self, dtype=None, copy=None):
        return np.stack([np.asarray(value) for value in self.data.values()], 1)


@pytest.mark.parametrize("model", MODELS)
def test_learns_what_is_the_same_everywhere(model):
    rng = np.random.default_rng(0)
    x, env = rng.normal(size=(400, 3)), np.arange(400) % 4
    y = 3 + x[:, 0] + np.cos(1.5 * x[:, 1]) + 0.1 * rng.normal(size=400)
    found = model().fit(x, y, env)
    assert found.score(x, y, env) > 0.97 and found.penalty_ < 0.1
    assert model(num_features=0).fit(x, y, env).score(x, y, env) < 0.7


@pytest.mark.parametrize("model", MODELS)
def test_forms_of_tables(model, mixed):
    x, y, env = mixed(50)
    plain = model().fit(x, y, env).predict(x)
    tensor = model().fit(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(env))
    assert isinstance(tensor.predict(torch.from_numpy(x)), torch.Tensor)
    np.testing.assert_allclose(tensor.predict(torch.from_numpy(x)).numpy(), plain)
    frame = Frame(A=x[:, 0], name=["a"] * 100, B=x[:, 1])
    named = model(variables=["A", "B"]).fit(frame, y, env)
    np.testing.assert_allclose(named.predict(frame), plain)
    np.testing.assert_allclose(named.predict(Frame(B=x[:, 1], A=x[:, 0])), plain)
    array = np.stack([x[:, 1], x[:, 0]], 1)
    named = model(variables=["A", "B"]).fit(array, y, env, feature_names=["B", "A"])
    np.testing.assert_allclose(named.predict(array), plain)


@pytest.mark.parametrize("model", MODELS)
def test_environments_in_the_table(model, mixed):
    """Fits and scores take them from the column of that name, which is no variable."""
    x, y, env = mixed(50)
    plain = model().fit(x, y, env)
    frame = Frame(A=x[:, 0], E=env, B=x[:, 1])
    found = model().fit(frame, y)
    np.testing.assert_allclose(found.predict(frame), plain.predict(x))
    assert found.score(frame, y) == pytest.approx(plain.score(x, y, env))
    assert found.score(frame, y) < model.score(plain, x, y) - 1e-3
    labelled = Frame(A=x[:, 0], site=np.array(["s", "t"])[env], B=x[:, 1])
    found = model(env="site").fit(labelled, y)
    assert found.score(labelled, y) == pytest.approx(plain.score(x, y, env))
    array = np.column_stack([env, x])
    found = model().fit(array, y, feature_names=["E", "A", "B"])
    assert found.score(array, y) == pytest.approx(plain.score(x, y, env))


def test_a_target_in_a_column(mixed):
    x, y, env = mixed(20)
    found = PooledRidge().fit(x, y)
    with pytest.warns(UserWarning, match="column-vector"):
        assert found.score(x, y[:, None], env) == found.score(x, y, env)


@pytest.mark.parametrize("model", MODELS)
def test_units_and_names_of_environments_change_nothing(model, mixed):
    x, y, env = mixed(80)
    plain = model().fit(x, y, env).predict(x)
    scaled = x * [100.0, 0.01] + [5.0, -3.0]
    names = np.array(["lab", "clinic"])[env]
    found = model().fit(scaled, 10 * y - 4, names).predict(scaled)
    np.testing.assert_allclose((found + 4) / 10, plain, atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_results_depend_on_the_seed_only(model, mixed):
    x, y, env = mixed(40)
    first = model(random_state=3).fit(x, y, env).predict(x)
    torch.manual_seed(5)
    assert (model(random_state=3).fit(x, y, env).predict(x) == first).all()
    assert (model(random_state=4).fit(x, y, env).predict(x) != first).any()


@pytest.mark.parametrize("model", MODELS)
def test_without_variables_a_constant_is_left(model, mixed):
    x, y, env = mixed(30)
    found = model(variables=[]).fit(x, y, env).predict(x[:5])
    assert found.shape == (5,) and np.ptp(found) == 0
    assert y.min() < found[0] < y.max()


def test_parameters():
    model = AnchorRegression(3.0, variables=["A"])
    params = {"gamma": 3.0, "variables": ["A"], "num_features": 64, "penalty": None}
    assert model.get_params() == {**params, "random_state": 0, "env": "E"}
    assert model.set_params(gamma=4.0).gamma == 4.0
    clone = pytest.importorskip("sklearn.base").clone
    assert clone(model).get_params() == model.get_params()


@pytest.mark.filterwarnings("ignore")  # Of what scikit-learn does in its checks.
def test_checks_of_scikit_learn():
    checks = pytest.importorskip("sklearn.utils.estimator_checks", reason="needs scikit-learn")
    results = checks.check_estimator(PooledRidge(num_features=8), on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    assert sum(r["status"] == "passed" for r in results) > 40


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_features": -1}, "'num_features' must not be negative .got -1"),
        ({"penalty": -0.5}, "'penalty' must be finite and not negative .got -0.5"),
        ({"penalty": "auto"}, "'penalty' must be finite and not negative .got 'auto'"),
        ({"num_features": 1.5}, "'num_features' must be an integer .got 1.5"),
        ({"random_state": "a"}, "'random_state' must be an integer, a generator of NumPy or None"),
        ({"variables": ["A"]}, "'variables' must be columns of 'X' .missing: A"),
    ],
)
def test_bad_options(model, options, message):
    with pytest.raises(ValueError, match=message):
        model(**options).fit([[1.0], [2.0]], [1.0, 2.0], [0, 1])


@pytest.mark.parametrize("model", MODELS)
def test_bad_tables(model):
    x, y, env = [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]], [1.0, 2.0, 3.0], [0, 1, 1]
    for bad, message in [
        ({"X": [[1.0, 0.0], [2.0, float("nan")], [3.0, 0.0]]}, "'X' must be finite"),
        ({"X": [1.0, 2.0, 3.0]}, "'X' must have rows and columns"),
        (
            {"X": [[1.0, 0.0]], "y": [1.0], "env": [0]},
            "'X' must have at least two rows .got n_samples = 1",
        ),
        ({"y": [1.0, 2.0]}, r"'y' must have shape \[3\]"),
        ({"env": [0, 1]}, r"'env' must have shape \[3\]"),
        ({"feature_names": ["A"]}, "'feature_names' must name 2 columns .got 1 names"),
        ({"feature_names": ["A", "A"]}, "columns of 'X' must have different names .got A twice"),
    ]:
        with pytest.raises(ValueError, match=message):
            model().fit(**{"X": x, "y": y, "env": env, **bad})
    fitted = model().fit(x, y, env)
    with pytest.raises(ValueError, match="X has 1 features, but .* is expecting 2 features"):
        fitted.predict([[1.0]])
    frame = Frame(A=[1.0, 2.0, 3.0], B=[0.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="'X' must have the columns of 'fit' .missing: B"):
        model().fit(frame, y, env).predict(Frame(A=[1.0]))
    with pytest.raises(ValueError, match="not fitted"):
        model().predict(x)


@pytest.mark.parametrize("model", MODELS[1:])
def test_losses_that_compare_environments_need_some(model):
    x, y = [[1.0], [2.0]], [1.0, 2.0]
    with pytest.raises(ValueError, match=f"'env' must be given to {model.__name__}"):
        model().fit(x, y)
    with pytest.raises(ValueError, match="'env' must have at least two environments .got 'a' only"):
        model().fit(x, y, ["a", "a"])
