"""Random adapters."""

import pytest
import torch

from pyg_symm.weights.lora import Adapter

SHAPES = {"q": (12, 10), "up": (20, 12)}  # d_out, d_in of each module.


def random_adapter(seed, rank=4, scaling=0.5, dtype=torch.double, shapes=None):
    """An adapter with random factors; ``rank`` may be a number for each module."""
    generator = torch.Generator().manual_seed(seed)
    modules = {}
    for name, (d_out, d_in) in (shapes or SHAPES).items():
        r = rank if isinstance(rank, int) else rank[name]
        a = torch.randn(r, d_in, generator=generator, dtype=torch.double)
        b = torch.randn(d_out, r, generator=generator, dtype=torch.double)
        modules[name] = (a.to(dtype), b.to(dtype), scaling)
    return Adapter(modules)


def changed(adapter, change):
    """An adapter whose factors ``(A, B)`` were changed by a function of both."""
    return Adapter({name: (*change(a, b), s) for name, (a, b, s) in adapter.items()})


@pytest.fixture
def make():
    return random_adapter


@pytest.fixture
def change():
    return changed


@pytest.fixture(params=[torch.float32, torch.float64], ids=str)
def dtype(request):
    return request.param


@pytest.fixture
def close(dtype):
    """Whether updates of two adapters are equal, relative to their size, for the type in use."""

    def check(adapter, deltas, float32=1e-6, float64=1e-12):
        for name in adapter:
            expected = deltas[name].double()
            error = (adapter.delta(name).double() - expected).norm() / expected.norm()
            assert error < (float32 if dtype == torch.float32 else float64), (name, float(error))

    return check


@pytest.fixture
def total():
    """The weighted sum of updates by module, in float64."""

    def add(adapters, weights=None):
        weights = weights or [1.0] * len(adapters)
        deltas = {}
        for adapter, weight in zip(adapters, weights, strict=True):
            for name, (a, b, s) in adapter.items():
                delta = weight * s * (b.double() @ a.double())
                deltas[name] = deltas.get(name, 0) + delta
        return deltas

    return add
