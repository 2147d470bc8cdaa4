import pytest
import torch
from torch.nn.functional import one_hot

from pyg_symm.strings import hamming_distances, soft_hamming


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_hot_letters_have_exact_distances(dtype):
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.randint(4, (3, size), generator=generator) for size in (50, 12))
    soft = soft_hamming(one_hot(text, 4).to(dtype), one_hot(pattern, 4).to(dtype))
    assert soft.dtype == dtype
    torch.testing.assert_close(soft, hamming_distances(text, pattern).to(dtype), atol=1e-4, rtol=0)


def test_formula_and_gradients():
    generator = torch.Generator().manual_seed(0)
    text = torch.rand(9, 3, generator=generator, dtype=torch.double, requires_grad=True)
    pattern = torch.rand(4, 3, generator=generator, dtype=torch.double, requires_grad=True)
    expected = torch.stack([4 - (text[i : i + 4] * pattern).sum() for i in range(6)])
    torch.testing.assert_close(soft_hamming(text, pattern), expected)
    assert torch.autograd.gradcheck(soft_hamming, (text, pattern))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    generator = torch.Generator().manual_seed(0)
    text, pattern = (torch.rand(n, 3, generator=generator).to(dtype) for n in (9, 4))
    found = soft_hamming(text, pattern)
    assert found.dtype == dtype
    expected = soft_hamming(text.float(), pattern.float())
    torch.testing.assert_close(found.float(), expected, atol=0.02, rtol=0)


def test_no_texts_and_no_letters():
    assert soft_hamming(torch.ones(0, 5, 2), torch.ones(3, 2)).shape == (0, 3)
    assert soft_hamming(torch.ones(5, 0), torch.ones(3, 0)).tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("text", "pattern", "message"),
    [
        (torch.ones(5, 2), torch.ones(3, 3), "'pattern' must have as many letters"),
        (torch.ones(5, 2), torch.ones(6, 2), r"'pattern' must have 1 to 5 places"),
        (torch.ones(5, 2), torch.ones(0, 2), r"'pattern' must have 1 to 5 places"),
        (torch.ones(5, 2, dtype=int), torch.ones(2, 2), "'text' must be floating-point"),
        (torch.ones(5, 2), torch.ones(2), "'pattern' must be floating-point"),
        (
            torch.ones(3, 5, 2),
            torch.ones(2, 5, 2),
            "leading dimensions of 'pattern' must broadcast",
        ),
    ],
)
def test_bad_arguments(text, pattern, message):
    with pytest.raises(ValueError, match=message):
        soft_hamming(text, pattern)
