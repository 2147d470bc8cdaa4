import numpy as np
import pytest
import torch

from pyg_symm.strings import hamming_distances, hamming_sketch


def drawn(n=400, m=200, letters=64):
    generator = torch.Generator().manual_seed(0)
    return (torch.randint(letters, (size,), generator=generator) for size in (n, m))


def variance(text, pattern):
    """Of one sketch: squared multiplicities of unordered pairs of different letters."""
    pairs = [tuple(sorted(pair)) for pair in zip(text, pattern, strict=True) if pair[0] != pair[1]]
    return sum(pairs.count(pair) ** 2 for pair in set(pairs))


@pytest.mark.parametrize("letters", [3, 64])
def test_estimates_are_unbiased_with_the_variance_of_theory(letters):
    text, pattern = drawn(letters=letters)
    exact = hamming_distances(text, pattern)
    runs = torch.stack(
        [
            hamming_sketch(
                text, pattern, num_sketches=4, generator=torch.Generator().manual_seed(seed)
            )[0]
            for seed in range(400)
        ]
    )
    error = runs.std(dim=0) / 20
    off = ((runs.mean(dim=0) - exact).abs() / error).sort().values
    assert off[int(0.99 * len(off))] < 4
    for place in (0, 77, 200):
        window = text[place : place + 200].tolist()
        theory = (variance(window, pattern.tolist()) / 4) ** 0.5
        assert float(runs[:, place].std()) == pytest.approx(theory, rel=0.15)


def test_errors_fall_with_the_root_of_their_number():
    text, pattern = drawn(n=2000)
    exact = hamming_distances(text, pattern)
    spread, claimed = [], []
    for num in (4, 16, 64):
        generator = torch.Generator().manual_seed(1)
        estimate, error = hamming_sketch(text, pattern, num_sketches=num, generator=generator)
        spread.append(float((estimate - exact).square().mean().sqrt()))
        claimed.append(float(error.square().mean().sqrt()))
    assert np.polyfit(np.log([4, 16, 64]), np.log(spread), 1)[0] == pytest.approx(-0.5, abs=0.1)
    assert claimed == pytest.approx(spread, rel=0.15)


def test_relative_errors():
    text, pattern = drawn(n=300, m=200)
    generator = torch.Generator().manual_seed(0)
    estimate, _ = hamming_sketch(text, pattern, eps=0.5, delta=0.1, generator=generator)
    exact = hamming_distances(text, pattern)
    assert bool(((estimate - exact).abs() <= 0.5 * exact).all())


def test_equal_letters_have_no_error():
    text = torch.arange(300) % 30
    estimate, error = hamming_sketch(text, text[:90], num_sketches=3)
    assert not estimate[::30].any() and not error[::30].any()


def test_arrays_give_arrays():
    text, pattern = drawn()
    kept = hamming_sketch(text, pattern, generator=torch.Generator().manual_seed(0))
    arrays = hamming_sketch(
        text.numpy(), pattern.numpy(), generator=torch.Generator().manual_seed(0)
    )
    for array, tensor in zip(arrays, kept, strict=True):
        assert isinstance(array, np.ndarray) and (array == tensor.numpy()).all()


def test_batches_and_one_sketch():
    text, pattern = drawn()
    both = torch.stack([text, text.flip(0)])
    estimate, error = hamming_sketch(both, pattern, num_sketches=1)
    assert estimate.shape == error.shape == (2, 201) and bool((error > 0).all())


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"eps": 0.1, "num_sketches": 3}, "must not both be given"),
        ({"eps": 0.0}, "'eps' must be positive"),
        ({"eps": float("inf")}, r"'eps' must be positive and finite \(got inf\)"),
        ({"num_sketches": 1.5}, r"'num_sketches' must be an integer \(got 1.5\)"),
        ({"num_sketches": 0}, "'num_sketches' must be positive"),
        ({"delta": 1.0}, r"'delta' must be in \(0, 1\)"),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        hamming_sketch(*drawn(), **kwargs)
