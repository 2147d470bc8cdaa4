import copy
import json

import pytest
import torch
from torch.nn import BatchNorm1d, Linear, ReLU, Sequential
from torch_geometric.nn import GATConv

from pyg_symm.weights import (
    HeadGroup,
    PermutationSpec,
    compose,
    declare_spec,
    inverse,
    mlp_spec,
    plain_axis,
)

NORMED = {
    "0.weight": ["h", None],
    "1.*": ["h"],
    "3.weight": [None, "h"],
    "3.bias": [None],
    "*": ["h"],
}


def normed():
    torch.manual_seed(0)
    model = Sequential(Linear(4, 9), BatchNorm1d(9), ReLU(), Linear(9, 3))
    model(torch.randn(50, 4))  # Running statistics that differ between units.
    return model.eval()


def gat():
    torch.manual_seed(0)
    model = Sequential(GATConv(5, 4, heads=3, edge_dim=2), Linear(12, 2))
    out, frozen = plain_axis("out", 12), {n: plain_axis(None, n) for n in (1, 2, 5)}
    axes = {
        **{f"0.att_{end}": (frozen[1], out) for end in ("src", "dst", "edge")},
        "0.lin.weight": (out, frozen[5]),
        "0.lin_edge.weight": (out, frozen[2]),
        "0.bias": (out,),
        "1.weight": (frozen[2], out),
        "1.bias": (frozen[2],),
    }
    spec = PermutationSpec(axes, groups=(HeadGroup(3, ("out",)),))
    spec.validate(model.state_dict())
    return model, spec


def gat_output(model):
    g = torch.Generator().manual_seed(1)
    x, edge_attr = torch.randn(6, 5, generator=g), torch.randn(8, 2, generator=g)
    edge_index = torch.tensor([[0, 1, 2, 3, 4, 5, 0, 2], [1, 2, 3, 4, 5, 0, 3, 5]])
    return model[1](model[0](x, edge_index, edge_attr).relu())


def with_tensors(model, tensors):
    model = copy.deepcopy(model)
    model.load_state_dict(tensors)
    return model


def test_permuted_statistics_keep_the_function(dtype, tol):
    model = normed()
    spec = declare_spec(model.state_dict(), NORMED)
    x = torch.randn(10, 4)
    moved = spec.apply(model.state_dict(), spec.random(torch.Generator().manual_seed(0)))
    assert not torch.equal(moved["0.weight"], model[0].weight)
    torch.testing.assert_close(with_tensors(model, moved)(x), model(x), rtol=tol, atol=tol)
    assert spec.unscored == {"1.running_mean", "1.running_var"}


def test_heads_of_gat_keep_the_function(dtype, tol):
    model, spec = gat()
    assert spec.classes == {"out": 12}
    out = gat_output(model)
    for seed in range(5):
        p = spec.random(torch.Generator().manual_seed(seed))
        moved = spec.apply(model.state_dict(), p)
        assert moved["0.att_src"].shape == (1, 3, 4)
        torch.testing.assert_close(gat_output(with_tensors(model, moved)), out, rtol=tol, atol=tol)


def test_permutations_that_mix_heads_are_refused():
    model, spec = gat()
    mixed = {"out": torch.arange(12).roll(1)}
    with pytest.raises(ValueError, match="blocks of 3 heads"):
        spec.apply(model.state_dict(), mixed)
    free = PermutationSpec(spec.axes)  # Without its group: what the refusal is for.
    out = gat_output(with_tensors(model, free.apply(model.state_dict(), mixed)))
    assert not torch.allclose(out, gat_output(model), atol=1e-3)


def test_apply_is_an_action():
    spec = mlp_spec([4, 8, 7, 2])
    tensors = {n: torch.randn([int(a[0][0].size) for a in axes]) for n, axes in spec.axes.items()}
    g = torch.Generator().manual_seed(0)
    p, q = spec.random(g), spec.random(g)
    for name, value in spec.apply(spec.apply(tensors, p), inverse(p)).items():
        assert torch.equal(value, tensors[name])
    twice, once = spec.apply(spec.apply(tensors, p), q), spec.apply(tensors, compose(p, q))
    assert all(torch.equal(twice[name], once[name]) for name in tensors)


def test_apply_takes_parts_other_types_and_other_things():
    model, spec = normed(), declare_spec(normed().state_dict(), NORMED)
    p = spec.random(torch.Generator().manual_seed(0))
    before = copy.deepcopy(model.state_dict())
    out = spec.apply({"0.bias": model[0].bias.half(), "_extra_state": "kept"}, p)
    assert out["0.bias"].dtype == torch.half and out["_extra_state"] == "kept"
    assert torch.equal(out["0.bias"], model[0].bias.half()[p["h"]])
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_round_trip_of_plain_values():
    for spec in (gat()[1], declare_spec(normed().state_dict(), NORMED), mlp_spec([2, 3, 1])):
        assert PermutationSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_other_content_is_refused():
    with pytest.raises(ValueError, match="must hold a dictionary 'axes'"):
        PermutationSpec.from_dict({"classes": {"h": 3}})


def test_occurrences():
    spec = declare_spec({"w": torch.zeros(6, 7)}, {"w": ["h | h", "1 | 2*h"]}, sizes={"h": 3})
    places = [(o.tensor, o.dim, o.part, o.factor) for o in spec.occurrences("h")]
    assert places == [("w", 0, 0, 0), ("w", 0, 1, 0), ("w", 1, 1, 1)]


def test_validation_names_the_tensor():
    model, spec = normed(), declare_spec(normed().state_dict(), NORMED)
    tensors = model.state_dict()
    spec.validate(tensors)
    cases = {
        "'3.bias'. are missing": {n: t for n, t in tensors.items() if n != "3.bias"},
        "'4.bias' is not covered": {**tensors, "4.bias": torch.zeros(3)},
        "'0.weight' has shape": {**tensors, "0.weight": torch.zeros(8, 4)},
        "'1.bias' holds NaN": {**tensors, "1.bias": torch.full((9,), float("nan"))},
        "'1.weight' holds NaN or inf": {**tensors, "1.weight": torch.full((9,), float("inf"))},
        "'1.weight' holds NaN or infinite": {
            **tensors,
            "1.weight": torch.full((9,), complex("nan")),
        },
        "'1.bias' must be a tensor": {**tensors, "1.bias": [0.0] * 9},
        "'0.bias' is not initialized": {**tensors, "0.bias": torch.nn.UninitializedParameter()},
    }
    for match, changed in cases.items():
        with pytest.raises(ValueError, match=match):
            spec.validate(changed)


def test_frozen_classes_stay():
    spec = mlp_spec([4, 8, 7, 2]).freeze("h0")
    assert spec.classes == {"h1": 7}
    with pytest.raises(ValueError, match="'h0', which is frozen"):
        spec.apply({}, {"h0": torch.arange(8)})
    with pytest.raises(ValueError, match=r"unknown classes \['h7'\]"):
        spec.freeze("h7")


def attention():
    tensors = {
        "q": torch.zeros(6, 5),
        "k": torch.zeros(6, 5),
        "v": torch.zeros(12, 5),
        "o": torch.zeros(5, 24),
    }
    axes = {"q": ["qk", None], "k": ["qk", None], "v": ["v", None], "o": [None, "v*2"]}
    return declare_spec(tensors, axes, groups=[HeadGroup(3, ("qk", "v"))])


def test_a_frozen_class_keeps_the_heads_of_its_group():
    spec = attention().freeze("qk")
    assert spec.classes == {"v.0": 4, "v.1": 4, "v.2": 4} and spec.groups == ()
    assert spec.to_dict()["axes"]["o"] == ["5", "v.0*2 | v.1*2 | v.2*2"]
    order = spec.random(torch.Generator().manual_seed(0))
    moved = torch.cat([4 * head + order[f"v.{head}"] for head in range(3)])
    assert HeadGroup(3, ("v",)).is_legal({"v": moved})


def test_a_class_that_is_not_first_is_frozen_with_its_group():
    tensors = {"q": torch.zeros(6, 5), "v": torch.zeros(12, 5), "o": torch.zeros(5, 24)}
    axes = {"q": ["qk", None], "v": ["v", None], "o": [None, "2*v"]}
    spec = declare_spec(tensors, axes, groups=[HeadGroup(3, ("qk", "v"))])
    assert spec.freeze("qk").classes == {}
    assert spec.freeze("v").classes == {"qk.0": 2, "qk.1": 2, "qk.2": 2}


def test_tied_classes_are_one():
    spec = mlp_spec([4, 8, 8, 2]).tie("h1", "h0")
    assert spec.classes == {"h1": 8}
    assert len(spec.occurrences("h1")) == 6
    with pytest.raises(ValueError, match="same size"):
        mlp_spec([4, 8, 7, 2]).tie("h0", "h1")


def test_tied_heads_keep_their_groups():
    axes = {n: (plain_axis(n, 6), plain_axis(None, 2)) for n in "abcd"}
    groups = (HeadGroup(3, ("a", "b")), HeadGroup(2, ("c",)))
    spec = PermutationSpec(axes, groups=groups)
    assert spec.tie("a", "b").groups == (groups[1], HeadGroup(3, ("a",)))
    assert spec.tie("d", "a").groups == (groups[1], HeadGroup(3, ("d", "b")))
    with pytest.raises(ValueError, match="different numbers of heads"):
        spec.tie("a", "c")
    same = PermutationSpec(axes, groups=(groups[0], HeadGroup(3, ("c",))))
    assert same.tie("b", "c").groups == (HeadGroup(3, ("b", "a")),)


@pytest.mark.parametrize(
    "change, match",
    [
        ({"classes": {"h": 4}}, "must be those of 'axes'"),
        ({"unscored": {"c"}}, r"without axes: \['c'\]"),
        ({"unscored": {"a", "b"}}, "class 'h' lies on tensors that are not scored"),
        ({"groups": (HeadGroup(2, ("h",)),)}, "2 heads do not divide class 'h'"),
        ({"groups": (HeadGroup(3, ("k",)),)}, "got 'k'"),
        ({"groups": (HeadGroup(3, ("h",)), HeadGroup(1, ("h",)))}, "each class once"),
        ({"axes": {"a": (plain_axis("h", 3),), "b": (plain_axis("h", 4),)}}, "4 in 'b'"),
    ],
)
def test_contradictions_are_errors(change, match):
    axes = {"a": (plain_axis("h", 3),), "b": (plain_axis("h", 3), plain_axis(None, 2))}
    PermutationSpec(axes)
    with pytest.raises(ValueError, match=match):
        PermutationSpec(**{"axes": axes, **change})
