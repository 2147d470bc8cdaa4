import numpy as np
import pytest
import torch

from pyg_symm.strings import cyclic_hamming


@pytest.mark.parametrize("reflect", [False, True])
def test_equals_the_best_rotation(reflect):
    generator = torch.Generator().manual_seed(0)
    for n in (1, 2, 5, 12):
        a, b = torch.randint(3, (2, n), generator=generator)
        rings = [b, b.flip(0)] if reflect else [b]
        best = min(int((a.roll(r) != ring).sum()) for r in range(n) for ring in rings)
        assert cyclic_hamming(a, b, reflect=reflect) == best
        for r in range(n):
            assert cyclic_hamming(a.roll(r), b, reflect=reflect) == best
            assert cyclic_hamming(a, b.roll(r), reflect=reflect) == best
        if reflect:
            assert cyclic_hamming(a.flip(0), b, reflect=True) == best


def test_batches_and_arrays():
    rings = torch.randint(3, (4, 7), generator=torch.Generator().manual_seed(0))
    apart = cyclic_hamming(rings.unsqueeze(1), rings)
    assert apart.shape == (4, 4) and torch.equal(apart, apart.T) and not apart.diagonal().any()
    assert bool((apart.unsqueeze(1) <= apart.unsqueeze(2) + apart.unsqueeze(0)).all())
    array = cyclic_hamming(rings.numpy(), rings.numpy())
    assert isinstance(array, np.ndarray) and not array.any()


@pytest.mark.parametrize("sizes", [(3, 4), (0, 0)])
def test_bad_lengths(sizes):
    a, b = (torch.zeros(size, dtype=torch.long) for size in sizes)
    with pytest.raises(ValueError, match="'a' and 'b' must have the same positive length"):
        cyclic_hamming(a, b)


def test_leading_dimensions_that_do_not_broadcast():
    a, b = (torch.zeros(num, 4, dtype=torch.long) for num in (3, 2))
    message = r"leading dimensions of 'b' must broadcast with those of 'a', \[3\] \(got \[2\]\)"
    with pytest.raises(ValueError, match=message):
        cyclic_hamming(a, b)
