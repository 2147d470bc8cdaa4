import argparse
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from hamming import _fits, letters_of, times
from hamming_peers import EXACT, METHODS, drawn
from hamming_report import exponent, wide_lines


@pytest.mark.parametrize("kind", ["uniform", "zipf"])
def test_other_ways_to_count_are_right(kind):
    text, pattern = drawn(300, 40, 20, kind)
    expected = METHODS["brute"](text, pattern)
    for name, method in METHODS.items():
        found = torch.as_tensor(
            method(text, pattern)[0] if "sketches" in name else method(text, pattern)
        )
        assert found.shape == expected.shape
        if "sketches" not in name and "k =" not in name:
            assert torch.equal(found.long(), expected), name


def test_letters_are_drawn_by_their_frequency():
    counts = [drawn(50_000, 1, 4, kind)[0].bincount(minlength=4) for kind in ("uniform", "zipf")]
    torch.testing.assert_close(counts[0] / 12_500, torch.ones(4), rtol=0.05, atol=0)
    law = 50_000 / torch.arange(1, 5) / (25 / 12)
    torch.testing.assert_close(counts[1] / law, torch.ones(4), rtol=0.05, atol=0)
    assert letters_of("root", 1024) == (32, "uniform") and letters_of("zipf", 9)[1] == "zipf"


def test_exponents():
    sizes = [10, 100, 1000, 10_000]
    assert exponent(sizes, [3 * size**0.5 for size in sizes]) == "0.50 (0.50 to 0.50)"
    noisy = exponent(sizes, [1, 12, 90, 1100])
    low, high = map(float, noisy.split("(")[1].rstrip(")").split(" to "))
    assert low < 1 < high and noisy.startswith("1.0")
    assert exponent(sizes[:2], [1, 2]) == ""


def test_the_worst_case_comes_first():
    rows = [
        {"n": n, "m": 1, "letters": 2, "kind": "uniform", "method": name, "seconds": seconds}
        for n, factor in ((10, 1.2), (20, 1.5))
        for name, seconds in {**dict.fromkeys(EXACT, 1.0), "auto": factor}.items()
    ]
    lines = wide_lines(rows).splitlines()
    assert "most 1.50" in lines[0] and lines[1].endswith("1.50") and "(20," in lines[1]


def test_what_does_not_fit_is_left_out():
    def too_large():
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    def wrong():
        raise RuntimeError("shapes differ")

    assert _fits(lambda: None) and not _fits(too_large)
    with pytest.raises(RuntimeError, match="differ"):
        _fits(wrong)


def test_cases_are_measured():
    args = argparse.Namespace(device="cpu", rounds=2, round_seconds=1.0)
    found = times(args, [(500, 9, 3, "uniform", ["brute", "auto"]), (50, 9, 3, "zipf", ["fft"])])
    assert [list(case) for case in found["times"]] == [["brute", "auto"], ["fft"]]
    assert all(0 <= seconds < 1 for case in found["times"] for seconds in case.values())
