import pytest
import torch

from pyg_symm.weights.axes import axis_size


def _random_tensors(spec, seed, dtype=torch.double):
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis_size(axis) for axis in axes], generator=generator, dtype=dtype)
        for name, axes in spec.axes.items()
    }


@pytest.fixture(scope="session")
def random_tensors():
    """Makes tensors of normal numbers for all axes of a specification."""
    return _random_tensors


@pytest.fixture(scope="session")
def planted():
    """Makes two networks that differ by a permutation and noise, and that permutation."""

    def make(spec, seed, noise=0.0, dtype=torch.double):
        a = _random_tensors(spec, seed, dtype)
        more = _random_tensors(spec, seed + 1000, dtype)
        p = spec.random(torch.Generator().manual_seed(seed))
        b = {n: t + noise * more[n] for n, t in spec.apply(a, p).items()}
        return a, b, p

    return make


@pytest.fixture(scope="session")
def same_permutation():
    """Whether two permutations are equal, index by index."""

    def same(p, q):
        return p.keys() == q.keys() and all(torch.equal(p[name], q[name]) for name in p)

    return same
