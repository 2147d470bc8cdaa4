import pytest
import torch
from e3nn import o3

from pyg_symm.groups import gaunt_scale
from pyg_symm.nn import GauntProduct
from pyg_symm.nn.tensor_product import IrrepsLayout

LAYOUTS = {
    "3x0e+3x1o+3x2e": (1, 1, 1),
    "2x0o+2x1e": (-1, -1),
    "2x0e+1x0o+2x1o+1x1e": (1, 1, -1),
    "1x0o+2x0e+2x1o+1x1e": (-1, 1, 1),  # Degrees in different orders.
    "1x0e+2x1o+1x0e": (1, 1),
    "5x0e": (1, 1, 1, 1, 1),
}


@pytest.mark.parametrize("irreps", LAYOUTS)
def test_round_trip(irreps):
    layout = IrrepsLayout(o3.Irreps(irreps))
    assert layout.signs == LAYOUTS[irreps] and layout.channels == len(layout.signs)
    assert layout.dim == o3.Irreps(irreps).dim and layout.state_dict() == {}
    x = torch.randn(4, 2, layout.dim)
    channels = layout.to_channels(x)
    assert channels.shape == (4, 2, layout.channels, (layout.lmax + 1) ** 2)
    assert torch.equal(layout.to_irreps(channels), x)
    again = IrrepsLayout.from_signs(layout.lmax, layout.signs)
    assert again.signs == layout.signs
    assert torch.equal(again.to_channels(again.to_irreps(channels)), channels)


@pytest.mark.parametrize("irreps", LAYOUTS)
def test_moves_as_irreps(irreps, matrices, moved, close):
    layout = IrrepsLayout(irreps)
    x = torch.randn(4, layout.dim)
    for matrix in matrices:
        d = o3.Irreps(irreps).D_from_matrix(matrix.to(x))
        expected = layout.to_channels(x @ d.T)
        channels = layout.to_channels(x)
        parts = [moved(channels[:, c], matrix, sign) for c, sign in enumerate(layout.signs)]
        # e3nn computes these matrices in single precision.
        torch.testing.assert_close(torch.stack(parts, 1), expected, atol=1e-4, rtol=1e-4)


def test_signs_of_products(matrices):
    first = IrrepsLayout("2x0e+2x0o+2x1o+2x1e")
    second = IrrepsLayout("1x0e+2x0o+1x0e+1x1o+2x1e+1x1o")
    assert first.product(second, 1).signs == (1, -1, 1, -1)
    assert first.product(second, 1, "odd").signs == (-1, 1, -1, 1)
    out = first.product(second, 2, parity="both")
    assert out.signs == (1, -1, 1, -1, -1, 1, -1, 1) and out.lmax == 2
    product = GauntProduct(1, 1, 2, 4, parity="both")
    x, y = torch.randn(3, first.dim), torch.randn(3, second.dim)

    def flat(x, y):
        return out.to_irreps(product(first.to_channels(x), second.to_channels(y)))

    for matrix in matrices.to(x):
        d1, d2, d3 = (
            o3.Irreps(layout.irreps).D_from_matrix(matrix) for layout in (first, second, out)
        )
        torch.testing.assert_close(
            flat(x @ d1.T, y @ d2.T), flat(x, y) @ d3.T, atol=1e-4, rtol=1e-4
        )


def test_flat_product_of_e3nn(close):
    irreps = [o3.Irreps([(5, (degree, (-1) ** degree)) for degree in range(3)]) for _ in range(2)]
    out = o3.Irreps([(5, (degree, (-1) ** degree)) for degree in range(5)])
    paths = [
        (a, b, c, "uuu", False, gaunt_scale(a, b, c) ** 2)
        for a in range(3)
        for b in range(3)
        for c in range(5)
        if gaunt_scale(a, b, c) > 0
    ]
    oracle = o3.TensorProduct(
        *irreps, out, paths, irrep_normalization="none", path_normalization="none"
    )
    layout = IrrepsLayout(irreps[0])
    x, y = torch.randn(2, 4, layout.dim)
    product = GauntProduct(2, 2, 4, 5, normalization="none")
    z = product(layout.to_channels(x), layout.to_channels(y))
    close(layout.product(layout, 4).to_irreps(z), oracle(x, y))


def test_gradients_and_compile():
    torch.compiler.reset()
    layout = IrrepsLayout("2x0e+1x0o+2x1o+1x1e")
    x = torch.randn(3, layout.dim, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: layout.to_channels(x).sin(), x)
    compiled = torch.compile(layout.to_channels, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(x), layout.to_channels(x))


@pytest.mark.parametrize(
    "irreps, match",
    [
        ("8x0e+8x1e", "degree 0 has 8 natural and 0 pseudo ones, degree 1 has 0 natural and 8"),
        ("8x0e+4x1o", "degree 1 has 4 natural and 0 pseudo ones"),
        ("8x0e+8x2e", "degree 1 has 0 natural and 0 pseudo ones"),
        ("8x1o", r"'irreps' must have degree 0 \(got '8x1o'\)"),
        ("8x0", "'irreps' must look like '8x0e\\+8x1o'"),
        ("", "'irreps' must look like"),
        ("0x0e", "'irreps' must not be empty"),
    ],
)
def test_bad_irreps(irreps, match):
    with pytest.raises(ValueError, match=match):
        IrrepsLayout(irreps)


def test_bad_inputs():
    layout = IrrepsLayout("2x0e+2x1o")
    with pytest.raises(ValueError, match=r"'x' must have shape \[..., 8\] for '2x0e\+2x1o'"):
        layout.to_channels(torch.ones(3, 9))
    with pytest.raises(ValueError, match=r"'x' must have shape \[..., 2, 4\]"):
        layout.to_irreps(torch.ones(3, 4, 4))
    with pytest.raises(ValueError, match=r"'other' must have 2 channels .* \(got '3x0e'\)"):
        layout.product(IrrepsLayout("3x0e"), 1)
    with pytest.raises(ValueError, match="'parity' must be 'even', 'odd' or 'both'"):
        layout.product(layout, 1, "mixed")
    with pytest.raises(ValueError, match=r"'signs' must be 1 or -1, at least one \(got \[0\]\)"):
        IrrepsLayout.from_signs(1, [0])
