"""How alike subsets are."""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from pyg_symm.utils import check_index


def subset_jaccard(
    pred: Tensor, target: Tensor, batch: Tensor | None = None, batch_size: int | None = None
) -> Tensor:
    r"""The Jaccard index of two subsets of each set.

    .. math::
        J(S, S') = \frac{|S \cap S'|}{|S \cup S'|}

    Two empty subsets are equal: their index is one.

    Args:
        pred (torch.Tensor): Whether each element is in the one subset, boolean or zero and one,
            :math:`(N)`.
        target (torch.Tensor): Whether it is in the other :math:`(N)`.
        batch (torch.Tensor, optional): The set of each element :math:`(N)`. (default: one set)
        batch_size (int, optional): The number of sets. (default: ``batch.max() + 1``)

    Returns:
        torch.Tensor: The index of each set :math:`(B)`.

    Raises:
        ValueError: If shapes differ, or there are other numbers than zero and one.

    Examples:
        >>> pred, target = torch.tensor([1, 1, 0, 0, 0]), torch.tensor([1, 0, 1, 0, 0])
        >>> subset_jaccard(pred, target, torch.tensor([0, 0, 0, 1, 1]))
        tensor([0.3333, 1.0000])
    """
    if pred.dim() != 1:
        raise ValueError(f"'pred' must be a vector (got shape {list(pred.shape)})")
    if target.shape != pred.shape:
        raise ValueError(
            f"'target' must have the shape of 'pred', {list(pred.shape)} (got {list(target.shape)})"
        )
    for name, value in {"pred": pred, "target": target}.items():
        if bool((bad := (value != 0) & (value != 1)).any()):
            raise ValueError(f"'{name}' must be zero or one (got {value[bad][0].item()})")
    if batch is None:
        batch, batch_size = torch.zeros_like(pred, dtype=torch.long), batch_size or 1
    elif batch.shape != pred.shape:
        raise ValueError(f"'batch' must have shape {list(pred.shape)} (got {list(batch.shape)})")
    batch_size = check_index(batch, batch_size, "batch", "batch_size")
    pred, target = pred.bool(), target.bool()
    sizes = torch.stack([pred & target, pred | target]).to(torch.get_default_dtype())
    both, either = scatter(sizes, batch, dim=1, dim_size=batch_size)
    return torch.where(either > 0, both / either.clamp(min=1), 1.0)
