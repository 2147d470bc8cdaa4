import warnings

import torch
import yaml
from pytest import mark, raises, warns
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.nn import GIN

from pyg_symm.weights import PermutationSpec, mlp_spec, register_rule, trace_spec
from pyg_symm.weights.tracing import registry
from pyg_symm.weights.tracing.rules.pointwise import pointwise
from pyg_symm.weights.tracing.solver import Solver

X = torch.randn(10, 5)
EDGES = torch.randint(0, 10, (2, 30))


def renamed(spec):
    """The axes with classes numbered in order."""
    numbers = {}
    return {
        name: [
            [
                [(numbers.setdefault(a.name, len(numbers)) if a.name else None, a.size) for a in p]
                for p in axis
            ]
            for axis in spec.axes[name]
        ]
        for name in sorted(spec.axes)
    }


def test_an_mlp_is_the_one_by_hand():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 2))
    assert renamed(trace_spec(model, torch.randn(3, 4))) == renamed(mlp_spec([4, 8, 6, 2]))


def test_the_model_stays():
    model = GIN(5, 8, 2, 3, norm="batch_norm")
    before = {name: x.clone() for name, x in model.state_dict().items()}
    trace_spec(model, X, EDGES)
    assert model.training and not model.convs[0]._forward_hooks
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())


def test_keyword_inputs_and_models_in_half_precision():
    model = GIN(5, 8, 2, 3).half()
    spec = trace_spec(model, x=X.half(), edge_index=EDGES)
    assert spec.classes == trace_spec(GIN(5, 8, 2, 3), X, EDGES).classes


def test_lazy_parameters():
    model = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(2))
    assert trace_spec(model, torch.randn(3, 4)).classes == {"layer0": 8}


class Flipped(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 6), nn.Linear(6, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.last(self.second(self.first(x).relu().cumsum(-1)).relu())


def test_an_operation_that_depends_on_the_order():
    with warns(
        UserWarning, match=r"'aten::cumsum' in 'Flipped' may depend .*axis 0 of 'first.weight'"
    ):
        spec = trace_spec(Flipped(), torch.randn(3, 4))
    assert spec.classes == {"second": 8}


def test_an_operation_without_a_rule():
    layers = [nn.Conv1d(4, 6, 1), nn.ChannelShuffle(2), nn.Conv1d(6, 8, 1), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Conv1d(8, 2, 1))
    with warns(UserWarning, match=r"channel_shuffle' in '1' may depend .*axis 0 of '0.bias'"):
        spec = trace_spec(model, torch.randn(3, 4, 5))
    assert spec.classes == {"layer2": 8}


def test_tied_parameters():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.Linear(4, 6, bias=False), nn.Linear(6, 4, bias=False)
            self.between = nn.Linear(6, 6)
            self.again = self.between

        def forward(self, x):
            h = self.between(self.encoder(x)).relu()
            return nn.functional.linear(self.again(h), self.encoder.weight.t())

    with warns(UserWarning, match=r"\['decoder.weight'\] are not used"):
        spec = trace_spec(Tied(), torch.randn(3, 4))
    assert spec.classes == {"encoder": 6}
    assert spec.axes["again.weight"] == spec.axes["between.weight"]
    assert spec.unscored == {"again.weight", "again.bias"}


def test_yaml():
    spec = trace_spec(GIN(5, 8, 2, 3, jk="cat", norm="batch_norm"), X, EDGES)
    assert PermutationSpec.from_dict(yaml.safe_load(yaml.safe_dump(spec.to_dict()))) == spec


def test_an_order_that_is_overlooked_is_found(monkeypatch):
    monkeypatch.setitem(registry._RULES, "aten::cumsum", lambda call: call.axes(call["self"]))
    with raises(ValueError, match=r"the units of \['first'\] changes"):
        trace_spec(Flipped(), torch.randn(3, 4))


class Residual(nn.Module):
    """Uses each operation that some test breaks."""

    def __init__(self):
        super().__init__()
        self.first, self.inner, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(12, 2)
        self.batch_norm, self.layer_norm = nn.BatchNorm1d(6), nn.LayerNorm(6)

    def forward(self, x):
        x = self.first(x)
        y = x + self.layer_norm(self.inner(self.batch_norm(x).relu()))
        return self.last(torch.stack([x.tanh(), y], 1).flatten(1))


@mark.parametrize("name", ["addmm", "add", "native_layer_norm", "batch_norm"])
def test_axes_that_were_not_made_equal_are_found(name, monkeypatch):
    model, x = Residual(), torch.randn(5, 4)
    assert trace_spec(model, x).classes == {"first": 6}
    rule = registry._RULES.get(f"aten::{name}", pointwise)
    broken = []

    def wrong(call):
        broken.append(call.name)
        with monkeypatch.context() as patch:
            patch.setattr(Solver, "unify", lambda self, a, b: a)
            return rule(call)

    names = [f"aten::{name}"]
    if name == "batch_norm":  # It has many names.
        names = [n for n in registry._RULES if name in n and "backward" not in n]
    for each in names:
        monkeypatch.setitem(registry._RULES, each, wrong)
    with raises(ValueError, match=r"renumbering the units of \['.*they lie on axis"):
        trace_spec(model, x)
    assert broken


def test_a_rule_for_a_custom_operation():
    @torch.library.custom_op("pyg_symm_tests::twice", mutates_args=())
    def twice(x: Tensor) -> Tensor:
        return 2 * x

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(4, 6), nn.Linear(6, 2)

        def forward(self, x):
            return self.last(twice(self.first(x)))

    with warns(UserWarning, match="'pyg_symm_tests::twice' in 'Twice' may depend"):
        assert trace_spec(Twice(), torch.randn(3, 4)).classes == {}
    register_rule("pyg_symm_tests::twice")(lambda call: call.axes(call["x"]))
    assert trace_spec(Twice(), torch.randn(3, 4)).classes == {"first": 6}


def test_a_graph_as_input():
    class OnGraphs(nn.Module):
        def __init__(self):
            super().__init__()
            self.gnn = GIN(5, 8, 2, 3)

        def forward(self, data):
            return {"out": self.gnn(data.x, data.edge_index)}

    spec = trace_spec(OnGraphs(), Data(x=X, edge_index=EDGES))
    assert spec.classes["gnn.convs.0.nn.lins.1"] == 8
    assert spec == trace_spec(OnGraphs(), Data(x=X, edge_index=EDGES))


def test_indices_do_not_move():
    class Shuffled(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(4, 6), nn.Linear(6, 2)
            self.register_buffer("order", torch.randperm(6))

        def forward(self, x):
            return self.last(self.first(x)[:, self.order])

    with warns(UserWarning, match="'aten::index' in 'Shuffled'"):
        assert trace_spec(Shuffled(), torch.randn(3, 4)).classes == {}


def test_forces_of_an_energy():
    class Forces(nn.Module):
        def __init__(self):
            super().__init__()
            self.energy = nn.Sequential(
                nn.Linear(3, 8),
                nn.SiLU(),
                nn.LayerNorm(8),
                nn.Linear(8, 6),
                nn.Tanh(),
                nn.Linear(6, 1),
            )

        def forward(self, pos):
            with torch.enable_grad():
                pos = pos.detach().requires_grad_()
                return -torch.autograd.grad(self.energy(pos).sum(), pos)[0]

    spec = trace_spec(Forces(), torch.randn(5, 3))
    assert spec.classes == {"energy.0": 8, "energy.3": 6}


@mark.filterwarnings("ignore:`torch.jit.script:DeprecationWarning")
def test_scripted_and_compiled_models():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    x = torch.randn(3, 4)
    assert trace_spec(torch.jit.script(model), x).classes == {"layer0": 8}
    assert trace_spec(torch.compile(model, backend="eager"), x).classes == {"_orig_mod.0": 8}


def test_not_a_module():
    with raises(ValueError, match="'model' must be a torch.nn.Module"):
        trace_spec(lambda x: x, torch.randn(3))


@mark.parametrize("jk", [None, "cat", "max", "lstm"])
@mark.parametrize("norm", [None, "batch_norm", "layer_norm", "graph_norm"])
def test_gin(jk, norm):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec = trace_spec(GIN(5, 8, 3, 3, jk=jk, norm=norm), X, EDGES)
    inner = {f"convs.{i}.nn.lins.0" for i in range(3)}
    assert inner <= spec.classes.keys() and "convs.0.nn.lins.1" in spec.classes


class RotaryAttention(nn.Module):
    """Fewer keys and values than queries, rotated by their positions, as in Llama."""

    def __init__(self, channels=16, heads=4, groups=2):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, channels // heads
        self.emb = nn.Embedding(11, channels)
        self.query = nn.Linear(channels, channels, bias=False)
        self.key = nn.Linear(channels, groups * self.size, bias=False)
        self.value = nn.Linear(channels, groups * self.size, bias=False)
        self.out, self.norm = nn.Linear(channels, channels, bias=False), nn.RMSNorm(channels)

    def split(self, x, heads):
        return x.view(*x.shape[:2], heads, self.size).transpose(1, 2)

    def rotate(self, x):
        rate = 0.5 ** torch.arange(self.size // 2).to(x)
        angle = torch.arange(x.size(-2)).to(x).unsqueeze(-1) * rate
        one, two = x.chunk(2, dim=-1)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat([one * cos - two * sin, one * sin + two * cos], dim=-1)

    def forward(self, index):
        x = self.emb(index)
        y = self.norm(x)
        query = self.rotate(self.split(self.query(y), self.heads))
        key = self.rotate(self.split(self.key(y), self.groups))
        key, value = (
            part.repeat_interleave(self.heads // self.groups, dim=1)
            for part in (key, self.split(self.value(y), self.groups))
        )
        found = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return (x + self.out(found.transpose(1, 2).flatten(2))) @ self.emb.weight.t()


def test_rotary_attention_of_groups_of_queries():
    """Units are frozen while their axes are written out, which once went on for ever."""
    torch.manual_seed(0)
    model = RotaryAttention().double()
    spec = trace_spec(model, torch.randint(11, (2, 4)))
    assert spec.classes["out"] == 16  # The residual stream.
    longer = torch.randint(11, (3, 9))
    expected = model(longer).detach()
    model.load_state_dict(spec.apply(model.state_dict(), spec.random()))
    torch.testing.assert_close(model(longer).detach(), expected)
