import math

import pytest
import torch

from pyg_symm.weights import declare_spec, mlp_spec
from pyg_symm.weights.connectivity import l2_reduction, weight_distance


def mlp(seed, dtype=torch.float32):
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    return net.to(dtype).state_dict()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_formula(dtype):
    a, b, spec = mlp(0, dtype), mlp(1, dtype), mlp_spec([4, 8, 2])
    flat = [torch.cat([v.flatten().double() for v in state.values()]) for state in (a, b)]
    before = float((flat[0] - flat[1]).norm())
    assert weight_distance(spec, a, b) == pytest.approx(before, rel=1e-9)
    p = spec.random(torch.Generator().manual_seed(0))
    after = weight_distance(spec, a, spec.apply(b, p))
    assert l2_reduction(spec, a, b, p) == pytest.approx(1 - after / before, rel=1e-9)
    assert l2_reduction(spec, a, b, spec.identity()) == 0


def test_complex_weights():
    a, b, spec = mlp(0), mlp(1), mlp_spec([4, 8, 2])
    a, b = ({n: torch.complex(v, 2 * v) for n, v in state.items()} for state in (a, b))
    expected = math.sqrt(5) * weight_distance(spec, mlp(0), mlp(1))
    assert weight_distance(spec, a, b) == pytest.approx(expected, rel=1e-6)


def test_running_statistics_do_not_count():
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8))
    a = net.state_dict()
    axes = {"0.weight": ["h", None], "1.num_batches_tracked": [], "*": ["h"]}
    spec = declare_spec(a, axes)
    b = {**a, "1.running_var": a["1.running_var"] + 5, "1.num_batches_tracked": torch.tensor(9)}
    assert weight_distance(spec, a, b) == 0
    with pytest.raises(ValueError, match="'a' and 'b' must differ"):
        l2_reduction(spec, a, b, spec.identity())


def test_wrong_states_are_refused():
    a, spec = mlp(0), mlp_spec([4, 8, 2])
    with pytest.raises(ValueError, match="'b' must be finite .* '0.bias'"):
        weight_distance(spec, a, {**a, "0.bias": a["0.bias"] * float("nan")})
    with pytest.raises(ValueError, match="0.weight"):
        weight_distance(mlp_spec([4, 9, 2]), a, a)
