import torch
from torch import nn

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features import rules
from pyg_symm.weights.features.merging import merge_features
from pyg_symm.weights.features.rules import MergeRule, register_merge_rule, rule_of


class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(channels))
        self.channels = channels

    def forward(self, x):
        return x * self.scale


class Special(nn.Linear):
    pass


def test_types_inherit_their_rule(monkeypatch):
    assert rule_of(Special(2, 2)) is rule_of(nn.Linear(2, 2)) is not None
    assert rule_of(Scale(2)) is None
    monkeypatch.setattr(rules, "RULES", dict(rules.RULES))
    register_merge_rule(Special, rule=MergeRule())
    assert rule_of(Special(2, 2)) is not rule_of(nn.Linear(2, 2))


def test_rules_of_own_modules_are_used(monkeypatch):
    monkeypatch.setattr(rules, "RULES", dict(rules.RULES))

    def resize(module):
        module.channels = len(module.scale)

    register_merge_rule(Scale, rule=MergeRule({"scale": ("in",)}, resize))
    model = nn.Sequential(nn.Linear(2, 6), Scale(6), nn.ReLU(), nn.Linear(6, 1))
    axes = {"0.weight": ["h", None], "0.bias": ["h"], "1.scale": ["h"]}
    spec = declare_spec(model.state_dict(), {**axes, "3.weight": [None, "h"], "3.bias": [None]})
    result = merge_features(model, spec, 0.6)
    assert result.model[1].channels == result.widths["h"] == result.model[1].scale.numel() < 6
