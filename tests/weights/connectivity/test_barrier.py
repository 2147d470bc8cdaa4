import copy

import pytest
import torch
from torch.nn.functional import cross_entropy

from pyg_symm.weights.connectivity import Barrier, barrier, recalibrate


def network(dtype=torch.float32):
    return torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 3)
    ).to(dtype)


@pytest.fixture(params=[torch.float32, torch.float64])
def setting(request):
    torch.manual_seed(0)
    model = network(request.param)
    x, y = torch.randn(32, 4, dtype=request.param), torch.randint(3, (32,))

    def evaluate(net):
        logits = net(x)
        return {"loss": cross_entropy(logits, y), "acc": (logits.argmax(1) == y).double().mean()}

    return model, network(request.param).state_dict(), evaluate, x


def test_one_network_has_no_barrier(setting):
    model, b, evaluate, _ = setting
    result = barrier(model, b, b, evaluate, higher_is_better=["acc"])
    assert result.barrier <= 1e-6 and result.height("acc") == 0 and len(set(result.losses)) == 1


def test_the_barrier_of_both_directions_is_the_same(setting):
    model, b, evaluate, _ = setting
    a = model.state_dict()
    forth, back = barrier(model, a, b, evaluate), barrier(model, b, a, evaluate)
    assert forth.barrier == pytest.approx(back.barrier, abs=1e-6)
    assert forth.losses == pytest.approx(back.losses[::-1], abs=1e-6)


def test_units_that_are_renumbered_have_a_barrier_that_the_inverse_removes(setting):
    model, _, evaluate, _ = setting
    a, swap = model.state_dict(), torch.randperm(8)
    moved = {k: v.clone() for k, v in a.items()}
    for name in ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
        moved[name] = a[name][swap]
    moved["3.weight"] = a["3.weight"][:, swap]
    naive = barrier(model, a, moved, evaluate, num_points=5)
    assert naive.losses[0] == pytest.approx(naive.losses[-1], abs=1e-6)
    assert max(map(abs, naive.gaps())) > 1e-3
    back = {k: v for k, v in moved.items()}
    for name in ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
        back[name] = moved[name][swap.argsort()]
    back["3.weight"] = moved["3.weight"][:, swap.argsort()]
    assert barrier(model, a, back, evaluate, num_points=5).barrier <= 1e-6


def test_the_definition(setting):
    model, b, evaluate, _ = setting
    a = model.state_dict()
    result = barrier(model, a, b, evaluate, num_points=5, higher_is_better={"acc"})
    assert result.points == [0, 0.25, 0.5, 0.75, 1]
    expected = {"loss": [], "acc": []}
    for point in result.points:
        net = network(b["0.weight"].dtype).eval()
        net.load_state_dict({k: (1 - point) * a[k] + point * b[k] for k in a})
        with torch.no_grad():
            for name, value in evaluate(net).items():
                expected[name].append(float(value))
    for name, sign in (("loss", 1), ("acc", -1)):
        values = expected[name]
        assert result.figures[name] == pytest.approx(values, rel=1e-5)
        chord = [values[0] + p * (values[-1] - values[0]) for p in result.points]
        gaps = [sign * (v - c) for v, c in zip(values, chord, strict=True)]
        assert result.gaps(name) == pytest.approx(gaps, abs=1e-5)
        assert result.height(name) == pytest.approx(max(0, *gaps), abs=1e-5)
    assert result.losses == result.figures["loss"] and result.barrier == result.height("loss")
    assert result.midpoint == result.gaps()[2]


def test_nothing_is_changed(setting):
    model, b, evaluate, x = setting
    model.train()
    kept = copy.deepcopy((model.state_dict(), b))
    barrier(model, model.state_dict(), b, evaluate, 3, mend=lambda net, *_: recalibrate(net, [x]))
    torch.testing.assert_close((model.state_dict(), b), kept, rtol=0, atol=0)
    assert model.training


def test_networks_between_the_ends_are_mended(setting):
    model, b, evaluate, x = setting
    a, seen = model.state_dict(), []

    def mend(net, first, second, weight):
        assert first is a and second is b
        seen.append(weight)
        return recalibrate(net, [x])

    plain, mended = (barrier(model, a, b, evaluate, 5, mend=m) for m in (None, mend))
    assert seen == [0.25, 0.5, 0.75]
    same = [p == m for p, m in zip(plain.losses, mended.losses, strict=True)]
    assert same == [True, False, False, False, True]


def test_a_valley_has_no_barrier_but_a_midpoint_below_the_line():
    result = Barrier([0, 0.5, 1], {"loss": [1.0, 0.0, 1.0]})
    assert result.barrier == 0 and result.midpoint == -1
    assert Barrier([0, 1 / 3, 2 / 3, 1], {"loss": [0.0, 1.0, 3.0, 0.0]}).midpoint == 2
    assert result.to_dict() == {
        "points": [0, 0.5, 1],
        "figures": {"loss": [1.0, 0.0, 1.0]},
        "barriers": {"loss": 0.0},
    }


def test_half_precision():
    torch.manual_seed(0)
    a, b = (torch.nn.Linear(2, 2).bfloat16().state_dict() for _ in range(2))
    model = torch.nn.Linear(2, 2)  # Evaluated in single precision.
    x = torch.randn(5, 2)
    result = barrier(model, a, b, lambda net: net(x).square().mean(), num_points=3)
    assert result.points == [0, 0.5, 1] and model.weight.dtype == torch.float32


@pytest.mark.parametrize("num_points", [1, 0, 2.5, True])
def test_too_few_points_are_refused(setting, num_points):
    model, b, evaluate, _ = setting
    with pytest.raises(ValueError, match="'num_points' must be an integer of 2 or more"):
        barrier(model, b, b, evaluate, num_points)


def test_wrong_states_are_refused_before_anything_is_evaluated(setting):
    model, b, _, _ = setting

    def never(net):
        raise AssertionError

    with pytest.raises(ValueError, match="'a' must be finite .* '3.bias'"):
        barrier(model, {**b, "3.bias": b["3.bias"] * float("nan")}, b, never)
    with pytest.raises(ValueError, match="'b' must have the tensors of 'a'"):
        barrier(model, b, {k: v for k, v in b.items() if k != "3.bias"}, never)
    with pytest.raises(ValueError, match="'a' must have the tensors of 'model'"):
        barrier(network().append(torch.nn.Linear(3, 3)), b, b, never)


@pytest.mark.parametrize(
    "evaluate, message",
    [
        (lambda net: float("nan"), "'evaluate' must return numbers .got NaN for 'loss' at 0"),
        (lambda net: {}, "'evaluate' must return a figure"),
        (lambda net: torch.ones(2), r"'evaluate' must return numbers .got shape \[2\] for 'loss'"),
    ],
)
def test_wrong_figures_are_refused(setting, evaluate, message):
    model, b, _, _ = setting
    with pytest.raises(ValueError, match=message):
        barrier(model, b, b, evaluate)


def test_wrong_names_are_refused(setting):
    model, b, evaluate, _ = setting
    with pytest.raises(ValueError, match=r"'higher_is_better' .* \['loss', 'acc'\] .got 'f1'"):
        barrier(model, b, b, evaluate, 2, higher_is_better=["f1"])
    with pytest.raises(ValueError, match="'name' must be one of"):
        barrier(model, b, b, evaluate, 2).height("f1")
    names = iter("abc")
    with pytest.raises(ValueError, match="the same figures everywhere"):
        barrier(model, b, b, lambda net: {next(names): 0.0}, 2)
