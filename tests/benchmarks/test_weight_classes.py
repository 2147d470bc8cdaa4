"""The function of every network is kept, and its hidden classes move."""

import sys
from pathlib import Path

import pytest
import torch
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from weight_classes import error, row, still, traced
from weight_networks import NETWORKS

from pyg_symm.nn import models
from pyg_symm.weights import PermutationSpec, declare_spec, resnet_spec

# What the forward pass of the predictor does not use.
IDLE = {
    "BlockSizePredictor (PARD)": [
        "head.first_degree_mlp.0.weight",
        "head.first_degree_mlp.2.weight",
    ]
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_function_is_kept_and_hidden_classes_move(name):
    case, spec, said = traced(name)
    assert error(case, spec) < 1e-10
    assert error(case, spec, torch.float32) < 1e-5
    assert still(case.model, spec) == IDLE.get(name, [])
    assert len(said) == (name in IDLE)
    assert PermutationSpec.from_dict(yaml.safe_load(yaml.safe_dump(spec.to_dict()))) == spec


def test_every_network_of_the_room_is_here():
    found = {type(NETWORKS[name]().model).__name__ for name in NETWORKS}
    assert set(models.__all__) <= found


def shape_of(spec):
    """The axes with classes numbered in order of appearance."""
    numbers = {}
    return {
        name: [
            [
                [(a.name and numbers.setdefault(a.name, len(numbers)), a.size) for a in p]
                for p in axis
            ]
            for axis in spec.axes[name]
        ]
        for name in sorted(spec.axes)
    }


def test_resnet_is_the_one_by_hand():
    case, spec, _ = traced("ResNet-20")
    assert shape_of(spec) == shape_of(resnet_spec(case.model.state_dict()))


def test_vgg_is_the_one_by_hand():
    case, spec, _ = traced("VGG")
    axes = {"*.num_batches_tracked": [], "classifier.0.weight": ["h", "c8*4"]}
    axes |= {
        "classifier.0.bias": ["h"],
        "classifier.3.weight": [None, "h"],
        "classifier.3.bias": [None],
    }
    before = None
    for conv in (0, 4, 8):
        axes[f"features.{conv}.weight"] = [f"c{conv}", before, None, None]
        axes |= {f"features.{conv}.bias": [f"c{conv}"], f"features.{conv + 1}.*": [f"c{conv}"]}
        before = f"c{conv}"
    assert shape_of(spec) == shape_of(declare_spec(case.model.state_dict(), axes))


def test_gin_is_the_one_by_hand():
    case, spec, _ = traced("GIN, jk=cat")
    axes, before = {"*.num_batches_tracked": [], "*.eps": [None]}, None
    for i in range(3):
        nn = f"convs.{i}.nn"
        axes |= {f"{nn}.lins.0.weight": [f"a{i}", before], f"{nn}.lins.0.bias": [f"a{i}"]}
        axes |= {f"{nn}.lins.1.weight": [f"b{i}", f"a{i}"], f"{nn}.lins.1.bias": [f"b{i}"]}
        axes |= {f"{nn}.norms.*": [f"a{i}"], f"norms.{i}.*": [f"b{i}"]}
        before = f"b{i}"
    axes |= {"lin.weight": [None, "b0 | b1 | b2"], "lin.bias": [None]}
    assert shape_of(spec) == shape_of(declare_spec(case.model.state_dict(), axes))


def test_a_row_of_the_table():
    _, num, sizes, difference, matrices, said = row("Transformer encoder")
    assert (num, sizes, matrices, said) == ("7", "20 (2), 3 x 4 (4), 12 (1)", "0", "0")
    assert float(difference) < 1e-13
