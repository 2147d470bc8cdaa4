import re

import pytest
import torch

from pyg_symm.weights.lora import Layout
from pyg_symm.weights.lora.names import factors_of, tensors_of

START = "base_model.model.layers.0."
A, B = torch.randn(2, 18), torch.randn(4, 2)


@pytest.mark.parametrize(
    "layout, shapes",
    [
        (Layout(), [(2, 18), (4, 2)]),
        (Layout("conv", (2, 3, 3)), [(2, 2, 3, 3), (4, 2, 1, 1)]),
        (Layout("conv", (6, 3)), [(2, 6, 3), (4, 2, 1)]),
        (Layout("embedding"), [(2, 18), (4, 2)]),
    ],
)
def test_round_trip(layout, shapes):
    tensors = tensors_of("layers.0.q", A, B, layout)
    assert [tuple(t.shape) for t in tensors.values()] == shapes
    pairs, layouts = factors_of(tensors)
    assert layouts == {"layers.0.q": layout}
    assert torch.equal(pairs["layers.0.q"][0], A) and torch.equal(pairs["layers.0.q"][1], B)


@pytest.mark.parametrize(
    "name, message",
    [
        ("q.lora_magnitude_vector", "is no factor: it holds magnitudes of DoRA"),
        ("q.lora_B.bias", "is no factor: biases of lora_B"),
        ("q.ia3_l", "is no factor: IA3"),
        ("head.modules_to_save.weight", "is no factor: whole modules"),
        ("q.bias", "is no factor: the name is unknown"),
        ("embed.base_layer.weight", "is no factor: a weight of the base model"),
    ],
)
def test_other_tensors_are_named(name, message):
    with pytest.raises(ValueError, match=re.escape(f"'{START}{name}' {message}")):
        factors_of({f"{START}{name}": torch.ones(2)})


@pytest.mark.parametrize(
    "tensor, message",
    [
        (A.to(torch.int8), "must not be quantised (got torch.int8)"),
        (A.to(torch.float8_e4m3fn), "must not be quantised (got torch.float8_e4m3fn)"),
        (torch.full((2, 18), float("nan")), "must be finite (got nan)"),
    ],
)
def test_bad_tensors_are_named(tensor, message):
    name = f"{START}q.lora_A.weight"
    with pytest.raises(ValueError, match=re.escape(f"'{name}' {message}")):
        factors_of({name: tensor, f"{START}q.lora_B.weight": B})


def test_a_factor_needs_its_partner():
    with pytest.raises(ValueError, match=r"lora_B.weight' has no partner: 'layers.0.q' must have"):
        factors_of({f"{START}q.lora_B.weight": B})


def test_grouped_convolutions_are_refused():
    tensors = {"c.lora_A.weight": torch.ones(4, 2, 3, 3), "c.lora_B.weight": torch.ones(8, 2, 1, 1)}
    with pytest.raises(ValueError, match="'c' must share a rank; grouped convolutions"):
        factors_of(tensors)


@pytest.mark.parametrize("shapes", [((2,), (2,)), ((2, 3), (4, 2, 1)), ((2, 3, 3), (4, 2, 3))])
def test_bad_shapes_are_refused(shapes):
    tensors = {f"c.lora_{x}.weight": torch.ones(s) for x, s in zip("AB", shapes, strict=True)}
    with pytest.raises(ValueError, match="'c' must be matrices or kernels"):
        factors_of(tensors)


def test_two_names_of_one_factor_are_refused():
    with pytest.raises(ValueError, match="are the same factor of 'q'"):
        factors_of({"q.lora_A.weight": A, "base_model.model.q.lora_A.weight": A})
