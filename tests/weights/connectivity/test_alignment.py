import pytest
import torch
from torch_geometric.nn import GATConv

from pyg_symm.weights import declare_spec, mlp_spec, singular_alignment
from pyg_symm.weights.connectivity import layer_alignments
from pyg_symm.weights.connectivity.alignment import layer_names

SIZES = [6, 16, 12, 3]


def mlp(seed, dtype=torch.float32):
    torch.manual_seed(seed)
    layers = []
    for rows, columns in zip(SIZES[1:], SIZES, strict=False):
        layers += [torch.nn.Linear(columns, rows), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1]).to(dtype).state_dict()


def permuted(spec, state, seed=0):
    return spec.apply(state, spec.random(torch.Generator().manual_seed(seed)))


def literal(a, b, gamma, names):
    """The formula with its loops."""
    total, size = 0.0, 0.0
    for name in names:
        parts = [torch.linalg.svd(s[name].double().flatten(1), full_matrices=False) for s in (a, b)]
        chosen = [[i for i, v in enumerate(s) if v >= gamma * s[0]] for _, s, _ in parts]
        for i in chosen[0]:
            for j in chosen[1]:
                left = parts[0][0][:, i] @ parts[1][0][:, j]
                total += float(left * (parts[0][2][i] @ parts[1][2][j]))
        size += (len(chosen[0]) * len(chosen[1])) ** 0.5
    return total / size


@pytest.mark.parametrize("gamma", [0.0, 0.3, 0.7, 1.0])
def test_the_formula(gamma):
    a, b, spec = mlp(0), mlp(1), mlp_spec(SIZES)
    expected = literal(a, b, gamma, ["0.weight", "2.weight", "4.weight"])
    assert singular_alignment(spec, a, b, gamma) == pytest.approx(expected, abs=1e-9)
    assert abs(expected) <= 1


def test_without_threshold_it_compares_polar_factors():
    a, b, spec = mlp(0), mlp(1), mlp_spec(SIZES)
    total, rank = 0.0, 0
    for name in ("0.weight", "2.weight", "4.weight"):
        u, _, vh = torch.linalg.svd(a[name].double(), full_matrices=False)
        x, _, yh = torch.linalg.svd(b[name].double(), full_matrices=False)
        total, rank = total + float(((u @ vh) * (x @ yh)).sum()), rank + u.size(1)
    assert singular_alignment(spec, a, b, 0) == pytest.approx(total / rank, abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.3])
def test_a_network_and_itself_agree(dtype, gamma):
    a, spec = mlp(0, dtype), mlp_spec(SIZES)
    kept = {name: value.clone() for name, value in a.items()}
    assert singular_alignment(spec, a, a, gamma) == pytest.approx(1, abs=1e-5)
    moved = permuted(spec, a)
    assert singular_alignment(spec, a, moved, gamma) < 0.9
    torch.testing.assert_close(a, kept, rtol=0, atol=0)


def test_permuting_both_changes_nothing():
    a, b, spec = mlp(0), mlp(1), mlp_spec(SIZES)
    before = singular_alignment(spec, a, b)
    after = singular_alignment(spec, permuted(spec, a, 3), permuted(spec, b, 3))
    assert after == pytest.approx(before, abs=1e-5)


def test_permutations_keep_singular_values():
    a, spec = mlp(0), mlp_spec(SIZES)
    for layer in layer_alignments(spec, a, permuted(spec, a)).values():
        torch.testing.assert_close(layer.values_a, layer.values_b, rtol=1e-5, atol=1e-6)


def test_figures_of_a_layer():
    a, b, spec = mlp(0), mlp(1), mlp_spec(SIZES)
    layer = layer_alignments(spec, a, b)["2.weight"]
    x, y = a["2.weight"].double(), b["2.weight"].double()
    assert layer.inner_product == pytest.approx(float((x * y).sum()), rel=1e-9)
    assert layer.cosine == pytest.approx(float((x * y).sum() / (x.norm() * y.norm())), rel=1e-9)
    values = torch.linalg.svdvals(x) @ torch.linalg.svdvals(y)
    assert layer.share == pytest.approx(float((x * y).sum() / values), rel=1e-9)
    curve = layer.curve()
    assert len(curve) == 12 and curve[-1] == pytest.approx(layer.alignment(0), abs=1e-12)
    assert curve[4] == pytest.approx(float(layer.products[:5, :5].sum()) / 5, abs=1e-12)
    same = layer_alignments(spec, a, a)["2.weight"]
    assert same.share == pytest.approx(1) and same.curve() == pytest.approx([1.0] * 12)


def test_directions_without_a_value_do_not_count():
    a, spec = mlp(0, torch.float64), mlp_spec(SIZES)
    a["2.weight"][:, 1:] = 0
    layer = layer_alignments(spec, a, a)["2.weight"]
    assert layer.counts(0) == (1, 1) and layer.alignment(0) == pytest.approx(1)
    a["2.weight"][:] = 0
    empty = layer_alignments(spec, a, a)["2.weight"]
    assert empty.counts(0.3) == (0, 0)
    assert empty.alignment(0.3) == empty.cosine == empty.share == 0 and empty.curve() == []
    zeros = {name: torch.zeros_like(value) for name, value in a.items()}
    with pytest.raises(ValueError, match="a layer that is not zero"):
        singular_alignment(spec, zeros, zeros)


def test_kernels_become_matrices():
    torch.manual_seed(0)
    nets = [torch.nn.Sequential(torch.nn.Conv2d(2, 6, 3), torch.nn.Conv2d(6, 4, 3)) for _ in "ab"]
    a, b = (net.state_dict() for net in nets)
    axes = {"0.weight": ["c", None, None, None], "0.bias": ["c"], "1.bias": [None]}
    spec = declare_spec(a, {**axes, "1.weight": [None, "c", None, None]})
    expected = literal(a, b, 0.3, ["0.weight", "1.weight"])
    assert singular_alignment(spec, a, b) == pytest.approx(expected, abs=1e-9)
    moved = permuted(spec, a)
    for layer in layer_alignments(spec, a, moved).values():
        torch.testing.assert_close(layer.values_a, layer.values_b, rtol=1e-5, atol=1e-6)


def test_vectors_of_attention_are_no_layers():
    state = GATConv(4, 3, heads=2).state_dict()
    axes = {"att_*": ["1", "h*c"], "bias": ["h*c"], "lin.weight": ["h*c", None]}
    spec = declare_spec(
        {k: v.flatten(1) if v.dim() == 3 else v for k, v in state.items()}, axes, sizes={"h": 2}
    )
    assert layer_names(spec, state) == ["lin.weight"]


@pytest.mark.parametrize("gamma", [-0.1, 1.1])
def test_thresholds_outside_are_refused(gamma):
    with pytest.raises(ValueError, match="'gamma' must be in"):
        singular_alignment(mlp_spec(SIZES), mlp(0), mlp(1), gamma)


def test_wrong_states_are_refused():
    a, spec = mlp(0), mlp_spec(SIZES)
    with pytest.raises(ValueError, match="'b' must be finite .* '2.weight'"):
        singular_alignment(spec, a, {**a, "2.weight": a["2.weight"] * float("nan")})
    less = {name: value for name, value in a.items() if name != "2.bias"}
    with pytest.raises(ValueError, match="2.bias"):
        singular_alignment(spec, less, less)
    more = {**a, "5.weight": torch.ones(1)}
    with pytest.raises(ValueError, match="5.weight"):
        singular_alignment(spec, more, more)
    with pytest.raises(ValueError, match="'spec' must have a matrix with a class"):
        singular_alignment(mlp_spec([3, 2], ["lin"]), *[one_layer()] * 2)


def one_layer():
    return torch.nn.ModuleDict({"lin": torch.nn.Linear(3, 2)}).state_dict()


def test_complex_weights():
    spec, a, b = mlp_spec(SIZES), mlp(0), mlp(1)
    turned = {n: 1j * v for n, v in a.items()}
    assert singular_alignment(spec, turned, turned) == pytest.approx(1)
    assert singular_alignment(spec, a, {n: v + 0j for n, v in b.items()}) == pytest.approx(
        singular_alignment(spec, a, b), abs=1e-6
    )
    # The real inner product of a matrix with the same, turned by 90 degrees, is zero.
    assert singular_alignment(spec, turned, {n: v + 0j for n, v in a.items()}) == pytest.approx(0)
