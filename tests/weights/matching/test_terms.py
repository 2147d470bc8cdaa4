import pytest
import torch

from pyg_symm.weights import PermutationSpec, declare_spec, mlp_spec
from pyg_symm.weights.matching.terms import tensor_terms, terms_of_all


def test_terms_of_equal_classes_are_one():
    spec = mlp_spec([3, 4, 5, 2])
    tensors = {
        n: torch.randn(s)
        for n, s in {
            "0.weight": (4, 3),
            "0.bias": (4,),
            "2.weight": (5, 4),
            "2.bias": (5,),
            "4.weight": (2, 5),
            "4.bias": (2,),
        }.items()
    }
    terms = tensor_terms(spec, tensors)
    assert {s: tuple(t.shape) for s, t in terms.items()} == {
        (): (2,),
        ("h0",): (4, 4),
        ("h0", "h1"): (4, 5, 1),
        ("h1",): (5, 3),
    }
    assert torch.equal(terms["h0", "h1"][..., 0], tensors["2.weight"].t())
    assert torch.equal(
        terms["h0",], torch.cat([tensors["0.weight"], tensors["0.bias"][:, None]], 1)
    )


def test_concatenations_and_products_come_apart():
    w = torch.randn(3 * 2 + 4, 5)
    spec = declare_spec({"w": w}, {"w": ["a*2 | b", None]}, sizes={"a": 3})
    terms = tensor_terms(spec, {"w": w})
    assert torch.equal(terms["a",], w[:6].view(3, 10))
    assert torch.equal(terms["b",], w[6:])


def test_a_class_may_be_on_two_axes():
    w = torch.randn(8, 4)
    spec = declare_spec({"w": w}, {"w": ["h | h", "h"]})
    terms = tensor_terms(spec, {"w": w})
    assert torch.equal(terms["h", "h"], torch.stack([w[:4], w[4:]], dim=-1))


def test_only_what_is_compared_counts():
    w, v, i = torch.randn(3, 2), torch.randn(3), torch.arange(3)
    spec = declare_spec({"w": w, "v": v, "i": i}, {"w": ["h", None], "*": ["h"]}, unscored=["v"])
    assert tensor_terms(spec, {"w": w, "v": v, "i": i})["h",].shape == (3, 2)


def test_precision_is_the_highest_and_at_least_single():
    w, v = torch.randn(3, 2).half(), torch.randn(3).bfloat16()
    spec = declare_spec({"w": w, "v": v}, {"w": ["h", None], "v": ["h"]})
    assert tensor_terms(spec, {"w": w, "v": v})["h",].dtype == torch.float
    assert tensor_terms(spec, {"w": w, "v": v.double()})["h",].dtype == torch.double


def test_networks_are_compared_in_one_precision():
    spec = mlp_spec([3, 4, 2])
    shapes = {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (2, 4), "2.bias": (2,)}
    kinds = (torch.half, torch.double, torch.float)
    models = [{n: torch.ones(s, dtype=kind) for n, s in shapes.items()} for kind in kinds]
    assert {t.dtype for terms in terms_of_all(spec, models) for t in terms.values()} == {
        torch.double
    }


def test_no_tensors():
    assert tensor_terms(PermutationSpec({}), {}) == {}


def test_inner_products_of_complex_numbers():
    spec = mlp_spec([3, 4, 2])
    a, b = (
        {
            n: torch.randn([axis[0][0].size for axis in axes], dtype=torch.complex64)
            for n, axes in spec.axes.items()
        }
        for _ in range(2)
    )
    found = sum(
        float((x * y).sum())
        for x, y in zip(*(t.values() for t in terms_of_all(spec, [a, b])), strict=True)
    )
    assert found == pytest.approx(sum(float((a[n] * b[n].conj()).sum().real) for n in a), rel=1e-5)
