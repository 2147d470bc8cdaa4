import statistics

import pytest
import torch
from torch.nn.functional import cross_entropy

from pyg_symm.weights import (
    barrier,
    interpolate,
    mlp_spec,
    recalibrate,
    singular_alignment,
    weight_matching,
)
from pyg_symm.weights.connectivity.job import Paths, match_states
from pyg_symm.weights.files import read_spec, read_state

SIZES = [4, 16, 12, 3]


def network():
    layers = []
    for rows, columns in zip(SIZES[1:], SIZES, strict=False):
        layers += [torch.nn.Linear(columns, rows), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


@pytest.fixture
def setting():
    """A network, a permuted copy of it, and a different one."""
    torch.manual_seed(0)
    model, spec = network(), mlp_spec(SIZES)
    a, c = model.state_dict(), network().state_dict()
    b = spec.apply(a, spec.random(torch.Generator().manual_seed(1)))
    x, y = torch.randn(40, 4), torch.randint(3, (40,))

    def evaluate(net):
        logits = net(x)
        return {"loss": cross_entropy(logits, y), "acc": (logits.argmax(1) == y).double().mean()}

    paths = Paths(model, evaluate, num_points=5, higher_is_better=["acc"])
    return {"a": a, "b": b, "c": c}, spec, paths


def match(spec):
    return lambda a, b: weight_matching(spec, a, b)


def test_networks_are_aligned_and_merged(setting, tmp_path):
    states, spec, paths = setting
    result = match_states(states, spec, match(spec), tmp_path, paths=paths)
    aligned = {n: read_state(tmp_path / "aligned" / f"{n}.safetensors") for n in states}
    merged = read_state(tmp_path / "merged.safetensors")
    for name, value in states["a"].items():
        assert torch.equal(aligned["a"][name], value) and torch.equal(aligned["b"][name], value)
        torch.testing.assert_close(merged[name], (2 * value + aligned["c"][name]) / 3)
    saved = read_state(tmp_path / "permutations.safetensors")
    p = {key.removeprefix("c/"): v for key, v in saved.items() if key.startswith("c/")}
    assert all(torch.equal(v, aligned["c"][n]) for n, v in spec.apply(states["c"], p).items())
    assert read_spec(tmp_path / "spec.yaml").to_dict() == spec.to_dict()
    for name in ("barrier.png", "alignment.png", "singular_values.png"):
        assert (tmp_path / name).stat().st_size > 1000
    model = network()
    model.load_state_dict(merged)
    assert result["merged"]["matched"] == paths.figures(model)


def test_figures_of_pairs_are_those_of_their_functions(setting, tmp_path):
    states, spec, paths = setting
    result = match_states(states, spec, match(spec), tmp_path, paths=paths, gamma=0.5)
    rows = {tuple(row["pair"]): row for row in result["pairs"]}
    assert list(rows) == [("a", "b"), ("a", "c"), ("b", "c")]
    same = rows["a", "b"]
    assert same["l2_reduction"] == 1 and same["matched"]["barrier/loss"] == pytest.approx(0)
    assert same["matched"]["alignment"] == pytest.approx(1) and "through the first" not in same
    one = weight_matching(spec, states["a"], states["c"]).permutation
    moved = spec.apply(states["c"], one)
    for way, other in (("naive", states["c"]), ("matched", moved)):
        row = rows["a", "c"][way]
        path = barrier(network(), states["a"], other, paths.evaluate, 5, higher_is_better=["acc"])
        assert row["alignment"] == singular_alignment(spec, states["a"], other, 0.5)
        assert row["barrier/loss"] == pytest.approx(path.barrier)
        assert row["barrier/acc"] == pytest.approx(path.height("acc"))
        assert row["middle/loss"] == pytest.approx(path.losses[2])
        assert row["end/acc"] == pytest.approx((path.figures["acc"][0], path.figures["acc"][-1]))
    # Of b and c, both matched to a, which b is equal to.
    through = rows["b", "c"]["through the first"]
    assert through["barrier/loss"] == pytest.approx(rows["a", "c"]["matched"]["barrier/loss"])
    naive = [row["naive"]["barrier/loss"] for row in rows.values()]
    assert result["median"]["naive"]["barrier/loss"] == statistics.median(naive)
    lines = result["table"].splitlines()
    assert len(lines) == 2 + 7 + 3 and lines[0].split("|")[3].strip() == "alignment at 0.5"


def test_merged_networks_are_mended(tmp_path):
    torch.manual_seed(0)
    models = [torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8)) for _ in "ab"]
    states = {n: m.state_dict() for n, m in zip("ab", models, strict=True)}
    from pyg_symm.weights import declare_spec

    axes = {"0.weight": ["h", None], "1.num_batches_tracked": [], "*": ["h"]}
    spec = declare_spec(states["a"], axes)
    x = torch.randn(32, 3)

    def mend(net, *_):
        return recalibrate(net, [x])

    paths = Paths(models[0], lambda net: net(x).square().mean(), mend, num_points=3)
    result = match_states(states, spec, match(spec), tmp_path, paths=paths)
    moved = read_state(tmp_path / "aligned" / "b.safetensors")
    models[1].load_state_dict(interpolate(states["a"], moved))
    expected = recalibrate(models[1], [x])
    merged = read_state(tmp_path / "merged.safetensors")
    torch.testing.assert_close(merged, dict(expected.state_dict()))
    assert result["merged"]["matched"]["loss"] == pytest.approx(paths.figures(expected)["loss"])


def test_weights_alone(setting, tmp_path):
    states, spec, _ = setting
    result = match_states(states, spec, match(spec), tmp_path)
    assert "merged" not in result and not (tmp_path / "barrier.png").exists()
    assert set(result["median"]["naive"]) == {"alignment"}


def test_wrong_networks_are_refused(setting, tmp_path):
    states, spec, _ = setting
    with pytest.raises(ValueError, match=r"'states' must hold at least two networks .got \['a'\]"):
        match_states({"a": states["a"]}, spec, match(spec), tmp_path)
    broken = {**states["b"], "0.bias": states["b"]["0.bias"] * float("nan")}
    with pytest.raises(ValueError, match="0.bias"):
        match_states({"a": states["a"], "b": broken}, spec, match(spec), tmp_path)
    assert not (tmp_path / "aligned").exists()
