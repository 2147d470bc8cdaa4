"""Arguments of networks that select subsets."""

import torch
from torch import Tensor
from torch_geometric.utils import degree

from .mean_field import Elements


def check_labels(y: Tensor, sets: Elements) -> None:
    r"""Checks which elements are in optimal subsets.

    Raises:
        ValueError: If there is not zero or one for each of at least one element.
    """
    _check_shape("y", y, sets)
    if y.numel() == 0:
        raise ValueError("'x' must hold at least one element (got none)")
    if bool((bad := (y != 0) & (y != 1)).any()):
        raise ValueError(f"'y' must be zero or one (got {y[bad][0].item()})")


def check_probabilities(q: Tensor, sets: Elements) -> None:
    r"""Checks probabilities of elements.

    Raises:
        ValueError: If there is not a number in 0..1 for each element.
    """
    _check_shape("q", q, sets)
    if bool((bad := ~((q >= 0) & (q <= 1))).any()):
        raise ValueError(f"'q' must be in 0..1 (got {q[bad][0].item()})")


def check_finite(logits: Tensor) -> None:
    r"""Checks that elements have log-odds.

    Raises:
        ValueError: If one is infinite or no number.
    """
    if not bool(logits.isfinite().all()):
        raise ValueError("'x' must be finite (got features without a finite probability)")


def sizes_to_select(k: int | Tensor, sets: Elements) -> Tensor:
    r"""How many elements to select of each set :math:`(B)`.

    Raises:
        ValueError: If there is not one whole number, or one for each set, or if a set has fewer
            elements.
    """
    sizes = degree(sets.batch, sets.size, dtype=torch.long)
    wanted = torch.as_tensor(k, device=sizes.device)
    if wanted.dim() > 0 and wanted.shape != sizes.shape:
        raise ValueError(
            f"'k' must be one number, or one for each of {sets.size} sets "
            f"(got shape {list(wanted.shape)})"
        )
    if wanted.is_floating_point() or wanted.dtype == torch.bool:
        raise ValueError(f"'k' must be whole numbers (got {k})")
    wanted = wanted.expand(sets.size)
    if bool((bad := (wanted > sizes) | (wanted < 0)).any()):
        i = int(bad.nonzero()[0])
        raise ValueError(f"'k' must be in 0..{int(sizes[i])} for set {i} (got {int(wanted[i])})")
    return wanted


def _check_shape(name: str, value: Tensor, sets: Elements) -> None:
    if value.shape != sets.batch.shape:
        raise ValueError(
            f"'{name}' must have shape {list(sets.batch.shape)} (got {list(value.shape)})"
        )
