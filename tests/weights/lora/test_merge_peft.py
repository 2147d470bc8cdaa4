"""Merges beside those of peft."""

import pytest
import torch
from torch import nn

from pyg_symm.weights.lora import load_adapter, merge_adapters

peft = pytest.importorskip("peft", reason="needs peft")
WEIGHTS = [1.0, 0.5, 2.0]


@pytest.fixture
def model(tmp_path):
    """Three adapters of equal scaling in one peft model, each saved."""
    torch.manual_seed(0)
    base = nn.Sequential(nn.Linear(10, 12), nn.ReLU(), nn.Linear(12, 6)).double()
    names = ["one", "two", "three"]
    config = peft.LoraConfig(target_modules=["0", "2"], r=4, lora_alpha=8)
    model = peft.get_peft_model(base, config, adapter_name="one")
    for name in names[1:]:
        model.add_adapter(name, config)
    model = model.double()
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            nn.init.normal_(parameter)
    for name in names:
        model.save_pretrained(tmp_path, selected_adapters=[name])
    return model


@pytest.mark.parametrize(
    "method, options, theirs",
    [
        ("cat", {}, {"combination_type": "cat"}),
        ("linear", {"semantics": "sum"}, {"combination_type": "linear"}),
        ("svd", {"rank": 5}, {"combination_type": "svd", "svd_rank": 5}),
        ("svd", {"rank": 2}, {"combination_type": "svd", "svd_rank": 2}),
    ],
)
def test_weighted_merges_are_those_of_peft(model, tmp_path, method, options, theirs):
    names = ["one", "two", "three"]
    adapters = [load_adapter(tmp_path / name) for name in names]
    merged = merge_adapters(adapters, method, weights=WEIGHTS, **options)
    model.add_weighted_adapter(names, WEIGHTS, "merged", **theirs)
    for name in merged:
        delta = model.get_submodule(f"base_model.model.{name}").get_delta_weight("merged")
        # They hold roots of weights in float32.
        torch.testing.assert_close(merged.delta(name), delta, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("density", [0.3, 0.8])
def test_ties_is_that_of_peft(model, tmp_path, density):
    names = ["one", "two", "three"]
    adapters = [load_adapter(tmp_path / name) for name in names]
    merged = merge_adapters(adapters, "ties", density=density, semantics="sum")
    options = {"combination_type": "ties", "density": density}
    model.add_weighted_adapter(names, [1.0] * 3, "merged", **options)
    for name in merged:
        delta = model.get_submodule(f"base_model.model.{name}").get_delta_weight("merged")
        torch.testing.assert_close(merged.delta(name), delta)
