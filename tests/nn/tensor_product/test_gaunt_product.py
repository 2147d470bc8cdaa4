import copy

import pytest
import torch

from pyg_symm.groups import bracket_scale, gaunt_scale, spherical_harmonics
from pyg_symm.nn import GauntProduct
from pyg_symm.nn.tensor_product.methods import METHODS


def plain(*args, **kwargs):
    return GauntProduct(*args, normalization="none", **kwargs)


def full(x, y, parity="even"):
    """The product with all of its degrees."""
    l1, l2 = (round(a.size(-1) ** 0.5) - 1 for a in (x, y))
    return plain(l1, l2, l1 + l2, parity=parity)(x, y)


def test_repr():
    assert str(GauntProduct(1, 2, 3, 8, parity="both", weights="separable", rank=2)) == (
        "GauntProduct(1, 2, 3, channels=8, parity='both', weights='separable', rank=2, "
        "method='auto')"
    )


@pytest.mark.parametrize("lmax", range(1, 7))
@pytest.mark.parametrize("twice", [False, True])
def test_equal_to_e3nn(lmax, twice, oracle, coefficients, close):
    x, y = coefficients(2, 20, 1, lmax=lmax)
    out = lmax * (1 + twice)
    expected = oracle(lmax, lmax, out)(x.squeeze(1), y.squeeze(1))
    found = plain(lmax, lmax, out)(x, y).squeeze(1)
    close(found, expected)
    assert (found - expected).norm() < 1e-5 * expected.norm()


def test_pointwise_product_and_bracket(coefficients, close):
    x, y = coefficients(1, lmax=3), coefficients(1, lmax=2)
    v = torch.nn.functional.normalize(torch.randn(7, 3), dim=1)

    def f(v):
        return spherical_harmonics(3, v) @ x[0]

    def g(v):
        return spherical_harmonics(2, v) @ y[0]

    at = spherical_harmonics(5, v)
    close(at @ full(x, y)[0], f(v) * g(v))
    df, dg = (torch.func.vmap(torch.func.grad(h))(v) for h in (f, g))
    close(at @ full(x, y, "odd")[0], (v * torch.linalg.cross(df, dg)).sum(1), scale=10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lmax", [1, 2, 4, 8])
def test_equivariant(method, lmax, coefficients, moved, matrices, dtype):
    x, y = coefficients(2, 6, lmax=lmax)
    both = GauntProduct(lmax, lmax, lmax, parity="both", method=method)
    tol = {torch.double: 1e-9, torch.float: 1e-4}[dtype]
    even, odd = both(x, y).chunk(2)
    for matrix in matrices:
        found = both(moved(x, matrix), moved(y, matrix)).chunk(2)
        for a, b in zip(found, (moved(even, matrix), moved(odd, matrix, -1)), strict=True):
            torch.testing.assert_close(a, b, atol=tol, rtol=tol)


def test_algebra_of_functions(coefficients, close):
    x, y, z = coefficients(1, lmax=2), coefficients(1, lmax=3), coefficients(1, lmax=1)
    close(full(x, y), full(y, x))
    close(full(full(x, y), z), full(x, full(y, z)))
    one = torch.zeros(1, 4)
    one[0, 0] = (4 * torch.pi) ** 0.5
    close(plain(3, 1, 3)(y, one), y)
    close(full(x, y, "odd"), -full(y, x, "odd"), scale=10)
    leibniz = full(full(x, y, "odd"), z) + full(y, full(x, z, "odd"))
    close(full(x, full(y, z), "odd"), leibniz, scale=100)
    jacobi = sum(full(full(a, b, "odd"), c, "odd") for a, b, c in ((x, y, z), (y, z, x), (z, x, y)))
    close(jacobi, torch.zeros_like(jacobi), scale=100)


def test_cross_product(close):
    a, b = torch.randn(2, 5, 1, 3)
    pad = torch.nn.functional.pad
    found = plain(1, 1, 1, parity="odd")(pad(a, (1, 0)), pad(b, (1, 0)))
    # The functions x, y and z are harmonics over this constant.
    constant = (3 / (4 * torch.pi)) ** 0.5
    close(found, constant * pad(torch.linalg.cross(a, b), (1, 0)))


@pytest.mark.parametrize("parity", ["even", "odd", "both"])
def test_component_normalization(parity, coefficients):
    x, y = coefficients(100_000, 1, lmax=2), coefficients(100_000, 1, lmax=1)
    out = GauntProduct(2, 1, 4, parity=parity)(x, y)
    assert out.isfinite().all()
    for i, part in enumerate(["even", "odd"] if parity == "both" else [parity]):
        scale = gaunt_scale if part == "even" else bracket_scale
        for degree in range(5):
            reached = any(scale(l1, l2, degree) > 0 for l1 in range(3) for l2 in range(2))
            mine = out[:, i, degree**2 : (degree + 1) ** 2]
            if reached:
                assert abs(float(mine.var()) - 1) < 0.03
            else:
                assert not mine.any()


@pytest.mark.parametrize("parity", ["even", "both"])
def test_separable_weights_are_weights_of_paths(parity, coefficients, close):
    product = GauntProduct(
        2, 1, 3, 4, parity=parity, weights="separable", rank=3, normalization="none"
    )
    x, y = coefficients(5, 4, lmax=2), coefficients(5, 4, lmax=1)
    out = product(x, y)
    for k, part in enumerate(product.operation.parts):
        tensor = product.operation.coefficients(part).to(x)
        path = torch.einsum(
            "rca,rcb,rco->cabo",
            product.weight1,
            product.weight2,
            product.weight_out[:, 4 * k : 4 * k + 4],
        )
        for degrees in [(2, 1, 3), (1, 1, 2), (2, 1, 2), (0, 1, 1), (1, 1, 1)]:
            a, b, o = (slice(degree**2, (degree + 1) ** 2) for degree in degrees)
            x0, y0 = torch.zeros_like(x), torch.zeros_like(y)
            x0[..., a], y0[..., b] = x[..., a], y[..., b]
            single = torch.einsum("nca,ncb,abo->nco", x0[..., a], y0[..., b], tensor[a, b, o])
            weight = path[(slice(None), *degrees)].unsqueeze(-1)
            close(product(x0, y0)[:, 4 * k : 4 * k + 4, o], weight * single)
    assert out.shape == (5, 4 * len(product.operation.parts), 16)


def test_weights_keep_the_variance(coefficients):
    x, y = coefficients(400, 64, lmax=2), coefficients(400, 64, lmax=2)
    for rank in (1, 4):
        product = GauntProduct(2, 2, 2, 64, weights="separable", rank=rank)
        out = product(x, y)
        assert 0.5 < float(out.detach().square().mean()) < 2
        assert 0.7 < float(product.weight1.detach().square().mean()) * rank ** (1 / 3) < 1.3


def test_same_seed_same_weights():
    def make():
        torch.manual_seed(3)
        return GauntProduct(1, 1, 1, 4, weights="separable", rank=2)

    first, second = make(), make()
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)
    second.load_state_dict({name: a + 1 for name, a in first.state_dict().items()})
    assert torch.equal(second.weight1, first.weight1 + 1)
    assert sorted(first.state_dict()) == ["weight1", "weight2", "weight_out"]
    first.reset_parameters()
    assert not torch.equal(first.weight1, make().weight1)


@pytest.mark.parametrize("parity", ["even", "odd", "both"])
@pytest.mark.parametrize("method", METHODS)
def test_gradients(method, parity, dtype, coefficients):
    if dtype != torch.double:
        pytest.skip("numerical")
    product = GauntProduct(2, 1, 2, 2, parity=parity, weights="separable", method=method)
    x, y = coefficients(2, 2, lmax=2).requires_grad_(), coefficients(2, 2, lmax=1).requires_grad_()
    assert torch.autograd.gradcheck(product, (x, y))
    assert torch.autograd.gradgradcheck(product, (x, y))


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_shapes(method, coefficients):
    product = GauntProduct(2, 2, 1, 4, parity="both", method=method)
    for shape in ((4,), (0, 4), (1, 4), (3, 2, 4)):
        x, y = coefficients(*shape, lmax=2), coefficients(*shape, lmax=2)
        assert product(x, y).shape == (*shape[:-1], 8, 4)
    x = coefficients(0, 4, lmax=2).requires_grad_()
    product(x, x).sum().backward()
    assert x.grad is not None and x.grad.shape == x.shape
    x, y = coefficients(3, 1, 4, lmax=2), coefficients(2, 4, lmax=2)
    torch.testing.assert_close(product(x, y)[1, 1], product(x[1, 0], y[1]))


@pytest.mark.parametrize("method", METHODS)
def test_casts_lose_nothing(method, coefficients):
    x, y = coefficients(2, 3, 4, lmax=2).double()
    product = GauntProduct(2, 2, 3, 4, method=method)
    expected = GauntProduct(2, 2, 3, 4, method=method).double()(x, y)
    again = copy.deepcopy(product.half().float().double())
    assert torch.equal(again(x, y), expected)
    assert torch.equal(product.float()(x, y), expected)  # Without weights as a function.
    assert again.state_dict() == {}
    assert not list(product.parameters())


@pytest.mark.parametrize("half", [torch.half, torch.bfloat16])
def test_half_precision_is_computed_in_single(half, coefficients):
    x, y = coefficients(2, 3, 4, lmax=6).to(half)
    product = GauntProduct(6, 6, 6, 4, weights="separable").to(half)
    single = copy.deepcopy(product).float()
    out = product(x, y)
    assert out.dtype == half
    assert torch.equal(out, single(x.float(), y.float()).to(half))


def test_autocast_does_not_reach_inside(coefficients):
    product = GauntProduct(4, 4, 4, 2, weights="separable").float()
    x, y = coefficients(2, 3, 2, lmax=4).float()
    expected = product(x, y)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(product(x, y), expected)


@pytest.mark.parametrize("method", METHODS)
def test_compiles(method, coefficients, close):
    torch.compiler.reset()
    product = GauntProduct(2, 2, 2, 3, parity="both", weights="separable", method=method)
    compiled = torch.compile(product, fullgraph=True, dynamic=True, backend="aot_eager")
    for num in (4, 9):
        x, y = coefficients(2, num, 3, lmax=2)
        close(compiled(x, y), product(x, y))


def test_trains(coefficients):
    x, y = coefficients(2, 50, 4, lmax=2)
    product = GauntProduct(2, 2, 2, 4, weights="separable", rank=2)
    target = GauntProduct(2, 2, 2, 4, weights="separable")(x, y).detach()
    optimizer = torch.optim.Adam(product.parameters(), lr=0.05)
    losses = []
    for _ in range(30):
        loss = (product(x, y) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"lmax1": -1}, "'lmax1' must be an integer of 0 or more"),
        ({"lmax_out": 1.5}, "'lmax_out' must be an integer"),
        ({"channels": 0}, r"'channels' must be an integer of 1 or more \(got 0\)"),
        ({"parity": "mixed"}, r"'parity' must be one of .* \(got 'mixed'\)"),
        ({"weights": "full"}, "'weights' must be one of"),
        ({"rank": 0, "weights": "separable"}, "'rank' must be an integer of 1 or more .got 0"),
        ({"rank": 2}, "'rank' must be 1 without weights .got 2"),
        ({"normalization": "norm"}, "'normalization' must be one of"),
        ({"method": "fast"}, r"'method' must be one of .* \(got 'fast'\)"),
    ],
)
def test_bad_arguments(kwargs, match):
    with pytest.raises(ValueError, match=match):
        GauntProduct(**{"lmax1": 1, "lmax2": 1, "lmax_out": 1, **kwargs})


@pytest.mark.parametrize(
    "x, y, match",
    [
        ((3, 4, 4), (3, 4, 9), r"'x' must have shape \[..., C, 9\], for degrees up to 2 \(got"),
        ((3, 4, 9), (3, 4, 16), r"'y' must have shape \[..., C, 9\]"),
        ((9,), (9,), "'x' must have shape"),
        ((3, 4, 9), (3, 5, 9), r"must have the same channels \(got 4 and 5\)"),
        ((3, 4, 9), (3, 1, 9), "must have the same channels"),
        ((3, 4, 9), (2, 4, 9), "'x' and 'y' must have matching shapes"),
    ],
)
def test_bad_inputs(x, y, match):
    with pytest.raises(ValueError, match=match):
        GauntProduct(2, 2, 2)(torch.randn(x), torch.randn(y))


def test_other_bad_inputs(coefficients):
    x = coefficients(3, 4, lmax=2)
    with pytest.raises(ValueError, match=r"'x' must have shape \[..., 8, 9\]"):
        GauntProduct(2, 2, 2, channels=8)(x, x)
    with pytest.raises(ValueError, match="'y' must hold real floating-point numbers"):
        GauntProduct(2, 2, 2)(x, x.long())


@pytest.mark.parametrize("method", ["auto", *METHODS])
@pytest.mark.parametrize("parity", ["even", "both"])
def test_modules_are_built_on_the_default_device(method, parity):
    with torch.device("meta"):
        product = GauntProduct(2, 2, 2, method=method, parity=parity)
    assert all(buffer.is_meta for buffer in product.buffers())


@pytest.mark.parametrize("method", ["direct", "grid", "halved"])
def test_constants_come_back_from_a_device_without_memory(method):
    x, y = torch.randn(5, 1, 9), torch.randn(5, 1, 9)
    with torch.device("meta"):
        product = GauntProduct(2, 2, 2, method=method, parity="both")
    expected = GauntProduct(2, 2, 2, method=method, parity="both")(x, y)
    assert torch.equal(product.to_empty(device="cpu")(x, y), expected)
