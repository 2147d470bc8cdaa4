import torch
from pytest import mark, raises
from torch import nn

from pyg_symm.weights import HeadGroup, declare_spec, mlp_spec, trace_spec, verify_spec


def network(norm=nn.BatchNorm1d):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 8), norm(8), nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 2)
    )


AXES = {
    "0.weight": ["a", None],
    "0.bias": ["a"],
    "1.num_batches_tracked": [],
    "1.*": ["a"],
    "3.weight": ["b", "a"],
    "3.bias": ["b"],
    "5.weight": [None, "b"],
    "5.bias": [None],
}


def test_a_right_specification_passes_and_the_model_stays():
    model = network()
    before = {name: x.clone() for name, x in model.state_dict().items()}
    verify_spec(declare_spec(model.state_dict(), AXES), model, torch.randn(5, 4))
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())
    assert model.training


# Each of them would show nothing at an initialization: zeros, ones, or a bias before a norm.
@mark.parametrize(
    "wrong, culprit",
    [({"1.weight": [None]}, "a"), ({"1.running_mean": [None]}, "a"), ({"3.bias": [None]}, "b")],
)
def test_the_wrong_class_is_named(wrong, culprit):
    model = network()
    spec = declare_spec(model.state_dict(), {**wrong, **AXES, **wrong})
    with raises(ValueError, match=rf"the units of \['{culprit}'\] changes what the model computes"):
        verify_spec(spec, model, torch.randn(5, 4))


def test_all_wrong_classes_are_named():
    model = network()
    axes = {
        "0.bias": [None],
        "3.bias": [None],
        **{k: v for k, v in AXES.items() if k not in ("0.bias", "3.bias")},
    }
    with raises(ValueError, match=r"\['a', 'b'\].*axis 0 of '0.weight'"):
        verify_spec(declare_spec(model.state_dict(), axes), model, torch.randn(5, 4))


def test_heads_that_are_not_blocks():
    attention = nn.MultiheadAttention(8, 2)
    axes = {
        "in_proj_weight": ["q | q | v", None],
        "in_proj_bias": ["q | q | v"],
        "out_proj.weight": [None, "v"],
        "out_proj.bias": [None],
    }
    sizes = {"q": 8, "v": 8}
    x = torch.randn(5, 3, 8)
    spec = declare_spec(
        attention.state_dict(), axes, sizes=sizes, groups=[HeadGroup(2, ("q", "v"))]
    )
    verify_spec(spec, attention, x, x, x)
    with raises(ValueError, match="changes what the model computes"):
        verify_spec(declare_spec(attention.state_dict(), axes, sizes=sizes), attention, x, x, x)


def test_a_model_that_insists_on_single_precision():
    class Single(nn.Module):
        def __init__(self):
            super().__init__()
            self.lin = nn.Linear(4, 6)
            self.out = nn.Linear(6, 2)

        def forward(self, x):
            return self.out(self.lin(x.float()).relu())

    model, x = Single(), torch.randn(3, 4)
    assert trace_spec(model, x).classes == {"lin": 6}


def test_a_tensor_that_does_not_fit_is_named():
    with raises(ValueError, match="0.weight"):
        verify_spec(
            mlp_spec([4, 9, 2]),
            nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)),
            torch.randn(3, 4),
        )


def test_noise_in_the_model_is_the_same_in_each_run():
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.lin, self.out = nn.Linear(4, 6), nn.Linear(6, 2)

        def forward(self, x):
            return self.out(self.lin(x + torch.randn_like(x)).relu())

    assert trace_spec(Noisy(), torch.randn(3, 4)).classes == {"lin": 6}
