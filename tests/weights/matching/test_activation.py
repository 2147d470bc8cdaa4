import copy

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GINConv, global_add_pool

from pyg_symm.weights import HeadGroup, declare_spec, inverse, mlp_spec
from pyg_symm.weights.matching import activation_matching

SPEC = mlp_spec([6, 30, 20, 4])


def mlp(seed=0):
    torch.manual_seed(seed)
    layers = nn.Linear(6, 30), nn.ReLU(), nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 4)
    return nn.Sequential(*layers)


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm, self.conv2 = (
            nn.Conv2d(1, 8, 3),
            nn.BatchNorm2d(8),
            nn.Conv2d(8, 6, 3),
        )
        self.lin = nn.Linear(6 * 16, 3)

    def forward(self, x):
        return self.lin(self.conv2(self.norm(self.conv1(x)).relu()).relu().flatten(1))

    axes = {
        "conv1.weight": ["a", None, None, None],
        "conv2.weight": ["b", "a", None, None],
        "conv2.bias": ["b"],
        "lin.weight": [None, "b*16"],
        "lin.bias": [None],
        "*": ["a"],
    }
    batches = [(torch.randn(20, 1, 8, 8, generator=torch.Generator().manual_seed(0)),)]


class Graphs(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GINConv(nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 12)))
        self.second = GINConv(nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 12)))
        self.lin = nn.Linear(12, 3)

    def forward(self, x, edge_index, batch):
        x = self.first(x, edge_index).relu()
        x = x + self.second(x, edge_index).relu()
        return self.lin(global_add_pool(x, batch))

    axes = {
        "first.nn.0.weight": ["a", None],
        "first.nn.0.bias": ["a"],
        "first.nn.2.weight": ["x", "a"],
        "second.nn.0.weight": ["b", "x"],
        "second.nn.0.bias": ["b"],
        "second.nn.2.weight": ["x", "b"],
        "*.nn.2.bias": ["x"],
        "*.eps": [None],
        "lin.weight": [None, "x"],
        "lin.bias": [None],
    }

    @staticmethod
    def data(num):
        generator = torch.Generator().manual_seed(num)
        x = torch.randn(num, 5, generator=generator)
        return Data(x, torch.randint(num, (2, 3 * num), generator=generator))


Graphs.batches = [Batch.from_data_list([Graphs.data(num) for num in (4, 9, 6)])]


@pytest.mark.parametrize("kind", [Images, Graphs])
@pytest.mark.parametrize("similarity", ["product", "correlation"])
def test_planted_permutations_are_found(kind, similarity, same_permutation):
    torch.manual_seed(0)
    model = kind().eval()
    spec = declare_spec(model.state_dict(), kind.axes)
    p = spec.random(torch.Generator().manual_seed(0))
    b = spec.apply(model.state_dict(), p)
    before = copy.deepcopy(model.state_dict())
    match = activation_matching(
        spec, model, model.state_dict(), b, kind.batches, similarity=similarity
    )
    moved = spec.apply(b, match.permutation)
    for batch in kind.batches:  # Units that never act may be anywhere.
        outs = []
        for tensors in (model.state_dict(), moved):
            copied = copy.deepcopy(model)
            copied.load_state_dict(tensors)
            outs.append(
                copied(batch[0])
                if kind is Images
                else copied(batch.x, batch.edge_index, batch.batch)
            )
        torch.testing.assert_close(*outs)
    same = sum(int((match.permutation[n] == inverse(p)[n]).sum()) for n in p)
    assert same >= 0.8 * sum(spec.classes.values())
    assert all(torch.equal(before[n], t) for n, t in model.state_dict().items())


def test_one_assignment_for_each_class():
    a, b, x = mlp(0), mlp(1), torch.randn(200, 6)
    match = activation_matching(SPEC, a, a.state_dict(), b.state_dict(), [x])
    hidden = {"h0": slice(0, 2), "h1": slice(0, 4)}
    total = 0.0
    for name, part in hidden.items():
        with torch.no_grad():
            matrix = (a[part](x).double().t() @ b[part](x).double()) / len(x)
        _, expected = linear_sum_assignment(matrix.numpy(), maximize=True)
        assert match.permutation[name].tolist() == expected.tolist()
        total += float(matrix[range(len(matrix)), expected].sum())
    assert match.history[1] == pytest.approx(total, rel=1e-9) and match.history[0] < total


def test_correlation_is_that_of_numpy():
    import numpy as np

    a, b, x = mlp(0), mlp(1), torch.randn(200, 6)
    match = activation_matching(
        SPEC, a, a.state_dict(), b.state_dict(), [x], similarity="correlation"
    )
    with torch.no_grad():
        rows = torch.cat([a[:2](x), b[:2](x)], dim=1).double().numpy().T
    alive = rows.std(1) > 0
    full = np.zeros((60, 60))
    full[np.ix_(alive, alive)] = np.corrcoef(rows[alive])
    _, expected = linear_sum_assignment(full[:30, 30:], maximize=True)
    assert match.permutation["h0"].tolist() == expected.tolist()


def test_batches_do_not_matter(same_permutation):
    a, b, x = mlp(0), mlp(1), torch.randn(90, 6)
    for similarity in ("product", "correlation"):
        matches = [
            activation_matching(
                SPEC, a, a.state_dict(), b.state_dict(), parts, similarity=similarity
            )
            for parts in ([x], x.split(13))
        ]
        assert same_permutation(matches[0].permutation, matches[1].permutation)
        assert matches[0].history == pytest.approx(matches[1].history, rel=1e-9)


def test_objective_is_that_of_the_weights():
    a, b = mlp(0).state_dict(), mlp(1).state_dict()
    match = activation_matching(SPEC, mlp(), a, b, [torch.randn(50, 6)])
    moved = SPEC.apply(b, match.permutation)
    exact = sum(float((a[n].double() * moved[n].double()).sum()) for n in a)
    assert match.objective == pytest.approx(exact, rel=1e-9)


def test_classes_that_are_not_seen_are_matched_by_weights(same_permutation):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(5, 24), nn.TransformerEncoderLayer(24, 4, 32, 0.0), nn.Linear(24, 3)
    ).double()
    axes = {
        "0.weight": ["x", None],
        "1.self_attn.in_proj_weight": ["qk | qk | v", "x"],
        "1.self_attn.in_proj_bias": ["qk | qk | v"],
        "1.self_attn.out_proj.weight": ["x", "v"],
        "1.linear1.weight": ["f", "x"],
        "1.linear1.bias": ["f"],
        "1.linear2.weight": ["x", "f"],
        "2.weight": [None, "x"],
        "2.bias": [None],
        "*": ["x"],
    }
    groups = [HeadGroup(4, ("qk", "v"))]
    spec = declare_spec(model.state_dict(), axes, sizes={"qk": 24}, groups=groups)
    p, x = spec.random(torch.Generator().manual_seed(0)), torch.randn(30, 2, 5, dtype=torch.double)
    b = spec.apply(model.state_dict(), p)
    match = activation_matching(spec, model, model.state_dict(), b, [x])
    for name in ("x", "qk", "v"):
        assert torch.equal(match.permutation[name], inverse(p)[name])


def test_own_way_of_calling(same_permutation):
    a, b, x = mlp(0), mlp(1), torch.randn(50, 6)
    states = a.state_dict(), b.state_dict()
    plain = activation_matching(SPEC, a, *states, [x])
    own = activation_matching(
        SPEC, a, *states, [{"data": x}], forward=lambda m, batch: m(batch["data"])
    )
    assert same_permutation(plain.permutation, own.permutation)


def test_bad_input():
    a, b = mlp(0).state_dict(), mlp(1).state_dict()
    x = torch.randn(5, 6)
    cases = [
        (b, [], {}, "'batches' must not be empty"),
        (b, [x], {"similarity": "cosine"}, "'similarity' must be one of"),
        (b, [x / 0], {}, "activations of class 'h0' hold NaN"),
        ({**b, "2.bias": torch.zeros(3)}, [x], {}, "'b': tensor '2.bias' has shape"),
        (b, ["text"], {}, "'batches' must hold tensors"),
    ]
    for other, batches, more, match in cases:
        with pytest.raises(ValueError, match=match):
            activation_matching(SPEC, mlp(), a, other, batches, **more)
    with pytest.raises(ValueError, match="'model'"):
        activation_matching(SPEC, nn.Linear(6, 4), a, b, [x])
