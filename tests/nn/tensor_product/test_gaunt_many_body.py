import copy

import pytest
import torch

from pyg_symm.nn import GauntManyBody, GauntProduct
from pyg_symm.nn.tensor_product.gaunt_many_body import mean_squares
from pyg_symm.testing import assert_equivariant_under


def powers(x, num):
    """Repeated products of all degrees."""
    out, lmax = [x], round(x.size(-1) ** 0.5) - 1
    for n in range(1, num):
        product = GauntProduct(n * lmax, lmax, (n + 1) * lmax, normalization="none")
        out.append(product(out[-1], x))
    return out


def test_repr():
    assert str(GauntManyBody(1, 2, 3, 8, num_elements=5)) == (
        "GauntManyBody(1, 2, correlation=3, channels=8, num_elements=5)"
    )


@pytest.mark.parametrize("lmax_in, lmax_out", [(2, 2), (1, 3), (2, 0), (0, 1), (3, 2)])
@pytest.mark.parametrize("correlation", [1, 2, 3, 4])
def test_repeated_products(lmax_in, lmax_out, correlation, coefficients, close):
    layer = GauntManyBody(lmax_in, lmax_out, correlation, 3, 2, normalization="none")
    x, element = coefficients(5, 3, lmax=lmax_in), torch.tensor([0, 1, 1, 0, 1])
    size = (lmax_out + 1) ** 2
    expected = torch.zeros(5, 3, size)
    for n, power in enumerate(powers(x, correlation)):
        for degree in range(lmax_out + 1):
            part = power[..., degree**2 : min((degree + 1) ** 2, size)]
            if part.size(-1) > 0:
                weight = layer.weight[n, element, :, degree].detach().unsqueeze(-1)
                expected[..., degree**2 : (degree + 1) ** 2] += weight * part
    close(layer(x, element).detach(), expected, scale=10)


def test_elements_by_index_and_by_weights(coefficients, close):
    layer = GauntManyBody(2, 1, 3, 4, num_elements=3)
    x, element = coefficients(5, 4, lmax=2), torch.tensor([0, 2, 1, 0, 1])
    out = layer(x, element)
    one_hot = torch.nn.functional.one_hot(element, 3).to(x)
    close(layer(x, one_hot), out)
    close(layer(x, 2 * one_hot), 2 * out)
    single = GauntManyBody(2, 1, 3, 4)
    close(single(x), single(x, torch.zeros(5, dtype=torch.long)))


@pytest.mark.parametrize("lmax", [1, 4, 8])
def test_equivariant(lmax, coefficients):
    layer = GauntManyBody(lmax, lmax, 3, 2)
    x = coefficients(4, 2, lmax=lmax)
    assert_equivariant_under(layer, {"x": x}, "O(3)", "harmonics", roles={"x": "harmonics"})


@pytest.mark.parametrize("correlation", [1, 2, 3])
def test_component_normalization(correlation, coefficients):
    layer = GauntManyBody(2, 3, correlation, 1)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[-1] = 1
    out = layer(coefficients(200_000, 1, lmax=2)).detach()
    for degree in range(4):
        mine = out[..., degree**2 : (degree + 1) ** 2]
        expected = 1 if degree <= 2 * correlation else 0
        assert abs(float(mine.square().mean()) - expected) < 0.05


def test_output_has_variance_one(coefficients):
    out = GauntManyBody(2, 2, 3, 512)(coefficients(100, 512, lmax=2)).detach()
    assert 0.7 < float(out.square().mean()) < 1.4


def test_mean_squares_of_squares():
    """For two factors the moments follow from the coefficients."""
    product = GauntProduct(2, 2, 4, normalization="none", parity="even")
    tensor = product.operation.coefficients("even")
    # E[(x_a x_b G_abo)^2] = tr(G_o)^2 + 2 tr(G_o G_o) for Gaussian x.
    trace = tensor.diagonal(dim1=0, dim2=1).sum(-1)
    square = trace.square() + 2 * tensor.square().sum((0, 1))
    expected = torch.stack([square[l * l : (l + 1) ** 2].mean() for l in range(5)])  # noqa: E741
    torch.testing.assert_close(
        mean_squares(2, 5, 2), torch.cat([expected, torch.zeros(1).double()])
    )


def test_gradients(dtype, coefficients):
    if dtype != torch.double:
        pytest.skip("numerical")
    layer = GauntManyBody(1, 2, 3, 2, num_elements=2)
    x, element = coefficients(3, 2, lmax=1).requires_grad_(), torch.rand(3, 2).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x, element))
    assert torch.autograd.gradgradcheck(layer, (x, element))


@pytest.mark.parametrize("num", [0, 1, 5])
def test_small_batches(num, coefficients):
    layer, x = GauntManyBody(2, 0, 3, 4), coefficients(num, 4, lmax=2)
    out = layer(x)
    assert out.shape == (num, 4, 1)
    assert torch.equal(x, x.clone()) and torch.equal(layer(x), out)


def test_state_and_casts(coefficients):
    torch.manual_seed(1)
    layer = GauntManyBody(2, 2, 3, 4).double()
    torch.manual_seed(1)
    other = GauntManyBody(2, 2, 3, 4).double()
    assert torch.equal(layer.weight, other.weight) and list(layer.state_dict()) == ["weight"]
    with torch.no_grad():
        other.weight.add_(1)
    other.load_state_dict(layer.state_dict())
    x = coefficients(5, 4, lmax=2).double()
    assert torch.equal(copy.deepcopy(other)(x), layer(x))
    half = copy.deepcopy(layer).half()
    out = half(x.half())
    assert out.dtype == torch.half
    assert torch.equal(out, copy.deepcopy(half).float()(x.half().float()).half())
    single = copy.deepcopy(layer).float()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(single(x.float()), single.float()(x.float()))
    layer.reset_parameters()
    assert not torch.equal(layer.weight, other.weight)


def test_compiles(coefficients, close):
    torch.compiler.reset()
    layer = GauntManyBody(2, 2, 3, 4, num_elements=3)
    compiled = torch.compile(layer, fullgraph=True, dynamic=True, backend="aot_eager")
    for num in (5, 8):
        x, element = coefficients(num, 4, lmax=2), torch.arange(num) % 3
        close(compiled(x, element), layer(x, element))


def test_batches_of_elements_by_functional_transforms(coefficients, close):
    layer, element = GauntManyBody(2, 2, 3, 4, num_elements=3), torch.tensor([[0, 1, 2], [2, 2, 0]])
    x = torch.stack([coefficients(3, 4, lmax=2) for _ in element])
    expected = torch.stack([layer(*pair) for pair in zip(x, element, strict=True)])
    close(torch.func.vmap(layer)(x, element), expected)


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"lmax_in": -1}, "'lmax_in' must be an integer of 0 or more"),
        ({"correlation": 0}, r"'correlation' must be an integer of 1 or more \(got 0\)"),
        ({"num_elements": 0}, "'num_elements' must be an integer of 1 or more"),
        ({"channels": 1.5}, "'channels' must be an integer of 1 or more"),
        ({"normalization": "norm"}, "'normalization' must be one of"),
    ],
)
def test_bad_arguments(kwargs, match):
    with pytest.raises(ValueError, match=match):
        GauntManyBody(**{"lmax_in": 1, "lmax_out": 1, "correlation": 2, "channels": 2, **kwargs})


@pytest.mark.parametrize(
    "x, element, match",
    [
        (torch.ones(4, 2, 4), torch.zeros(4).long(), r"'x' must have shape \[..., 2, 9\]"),
        (torch.ones(2, 9), torch.zeros(2).long(), r"'x' must have shape \[N, C, d\]"),
        (torch.ones(4, 2, 9), None, "'element' is needed for 3 elements"),
        (
            torch.ones(4, 2, 9),
            torch.tensor([0, 1, 2, 3]),
            r"'element' must be in \[0, 3\) \(got 3\)",
        ),
        (torch.ones(4, 2, 9), torch.tensor([0, 1, 2, -1]), r"'element' must be in .* \(got -1\)"),
        (torch.ones(4, 2, 9), torch.ones(4).bool(), r"'element' must hold integers .*torch.bool"),
        (torch.ones(4, 2, 9), torch.zeros(3).long(), r"'element' must have shape \[4\]"),
        (
            torch.ones(4, 2, 9),
            torch.zeros(4, 2),
            r"'element' must have shape \[4\] as an index, or",
        ),
    ],
)
def test_bad_inputs(x, element, match):
    with pytest.raises(ValueError, match=match):
        GauntManyBody(2, 2, 2, 2, num_elements=3)(x, element)


def test_modules_are_built_on_the_default_device():
    with torch.device("meta"):
        module = GauntManyBody(2, 2, 3, 4)
    assert all(buffer.is_meta for buffer in module.buffers())
