"""Expected distances of random letters."""

import torch
from torch import Tensor

from .letters import broadcast


def soft_hamming(text: Tensor, pattern: Tensor) -> Tensor:
    r"""Expected Hamming distances of independent random letters, at all places.

    .. math::
        D_i = m - \sum_{j < m} \sum_a t_{i + j, a} \, p_{j, a}

    One-hot probabilities give :func:`~pyg_symm.strings.hamming_distances`. It is differentiable.

    Args:
        text (torch.Tensor): Probabilities of letters :math:`(*, n, C)`.
        pattern (torch.Tensor): Probabilities of letters :math:`(*, m, C)`. Leading dimensions
            broadcast.

    Returns:
        torch.Tensor: Distances :math:`(*, n - m + 1)`.

    Raises:
        ValueError: If there is no floating-point matrix, letters differ in number, the pattern is
            empty or longer than the text, or leading dimensions do not broadcast.

    Examples:
        >>> text, pattern = torch.eye(2)[[0, 1, 1]], torch.tensor([[0.5, 0.5], [0.0, 1.0]])
        >>> soft_hamming(text, pattern).round(decimals=4)
        tensor([0.5000, 0.5000])
    """
    for name, value in {"text": text, "pattern": pattern}.items():
        if value.dim() < 2 or not value.is_floating_point():
            raise ValueError(
                f"'{name}' must be floating-point of shape [..., length, letters] "
                f"(got {value.dtype} of shape {list(value.shape)})"
            )
    if pattern.size(-1) != text.size(-1):
        raise ValueError(
            f"'pattern' must have as many letters as 'text', {text.size(-1)} "
            f"(got {pattern.size(-1)})"
        )
    n, m = text.size(-2), pattern.size(-2)
    if not 0 < m <= n:
        raise ValueError(f"'pattern' must have 1 to {n} places, those of 'text' (got {m})")
    shape = broadcast(text=text.shape[:-2], pattern=pattern.shape[:-2])
    dtype = torch.promote_types(text.dtype, pattern.dtype)
    if text.numel() == 0 or pattern.numel() == 0:  # No texts, or no letters, which never meet.
        return torch.full((*shape, n - m + 1), m, dtype=dtype, device=text.device)
    length = 1 << (n - 1).bit_length()
    # Transforms of half precision are not available everywhere, and are not precise.
    least = torch.promote_types(dtype, torch.float32)
    of_text, of_pattern = (torch.fft.rfft(x.to(least), length, dim=-2) for x in (text, pattern))
    spectrum = (of_text * of_pattern.conj()).sum(dim=-1)
    return (m - torch.fft.irfft(spectrum, length)[..., : n - m + 1]).to(dtype)
