import pytest
import torch
from e3nn import o3

from pyg_symm.groups import gaunt_scale, random_orthogonal, wigner_d

_CLOSE = {torch.float32: 1e-4, torch.float64: 1e-10}


@pytest.fixture
def close(dtype):
    """Asserts equality up to the round-off of sums over many coefficients."""

    def check(a, b, scale=1.0):
        """In single precision errors may be larger by a factor, where large numbers cancel."""
        factor = scale if dtype == torch.float32 else 1.0
        torch.testing.assert_close(a, b, atol=factor * _CLOSE[dtype], rtol=_CLOSE[dtype])

    return check


def _coefficients(*shape, lmax):
    return torch.randn(*shape, (lmax + 1) ** 2)


@pytest.fixture
def coefficients():
    """Makes random coefficients of some leading shape."""
    return _coefficients


@pytest.fixture
def matrices():
    """Rotations and reflections."""
    generator = torch.Generator().manual_seed(1)
    out = random_orthogonal(4, generator=generator, dtype=torch.double)
    assert {round(float(det)) for det in torch.linalg.det(out)} == {-1, 1}
    return out


def _moved(x, matrix, sign=1):
    """Coefficients after a rotation or reflection, of natural parity or with another sign."""
    lmax = round(x.size(-1) ** 0.5) - 1
    d = wigner_d(lmax, matrix).to(x)
    return x @ d.mT * (1 if sign == 1 else torch.linalg.det(matrix).to(x))


@pytest.fixture
def moved():
    """Moves coefficients along with space."""
    return _moved


def _oracle(lmax1, lmax2, lmax_out):
    irreps = [o3.Irreps([(1, (l, (-1) ** l)) for l in range(n + 1)]) for n in (lmax1, lmax2)]  # noqa: E741
    out = o3.Irreps([(1, (l, (-1) ** l)) for l in range(lmax_out + 1)])  # noqa: E741
    paths = [
        (l1, l2, l3, "uuu", False, gaunt_scale(l1, l2, l3) ** 2)  # e3nn takes the root.
        for l1 in range(lmax1 + 1)
        for l2 in range(lmax2 + 1)
        for l3 in range(lmax_out + 1)
        if gaunt_scale(l1, l2, l3) > 0
    ]
    return o3.TensorProduct(
        *irreps, out, paths, irrep_normalization="none", path_normalization="none"
    )


@pytest.fixture(scope="session")
def oracle():
    """Makes e3nn's tensor product with Gaunt weights, for one channel."""
    return _oracle
