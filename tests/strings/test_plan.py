import math

import numpy as np
import pytest
import torch

from pyg_symm.strings import hamming_plan


def hard(n, m):
    """As many letters as make transforms and pairs cost alike."""
    generator = torch.Generator().manual_seed(0)
    letters = max(2, round(math.sqrt(m)))
    return (torch.randint(letters, (size,), generator=generator) for size in (n, m))


def slope(sizes, values):
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


def test_operations_grow_as_the_root_of_the_pattern():
    sizes = [256, 1024, 4096, 16384]
    operations = [hamming_plan(*hard(200_000, m), "hybrid").operations for m in sizes]
    assert 0.45 <= slope(sizes, operations) <= 0.65
    brute = [hamming_plan(*hard(200_000, m), "brute").operations for m in sizes]
    assert slope(sizes, brute) > 0.95


def test_operations_grow_as_the_text():
    sizes = [20_000, 80_000, 320_000]
    operations = [hamming_plan(*hard(n, 1000), "hybrid").operations for n in sizes]
    assert slope(sizes, operations) == pytest.approx(1, abs=0.05)


def test_methods():
    text = torch.arange(10_000) % 50
    assert hamming_plan(text, text[:3]).method == "brute"
    assert hamming_plan(text, text[:3], "fft").heavy.sum() == 3
    assert hamming_plan(text % 2, text[:5000] % 2).heavy.all()
    rare = torch.arange(10_000)
    plan = hamming_plan(rare, rare[:5000])
    assert plan.method == "hybrid" and not plan.heavy.any() and plan.pairs == 5000


def test_costs_grow_with_what_is_done():
    """The last of many letters to be transformed costs as the first, pairs as many."""
    text = torch.arange(100_000) % 64
    one, both = (hamming_plan(text % s, text[:1000] % s, "fft") for s in (32, 64))
    assert one.cost < both.cost < 2.1 * one.cost
    assert both.padded == 2 * one.padded and one.padded > one.transforms
    brute = [hamming_plan(text, text[:m], "brute").cost for m in (100, 1000)]
    assert brute[0] < brute[1] < 11 * brute[0]
    nothing = hamming_plan(text, text[:9] + 64, "hybrid")
    assert nothing.pairs == nothing.operations == 0
