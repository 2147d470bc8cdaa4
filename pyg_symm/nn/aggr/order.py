"""Orders in which the elements of each set are folded."""

import torch
from torch import Tensor


def sorted_order(x: Tensor, index: Tensor) -> Tensor:
    r"""The elements of each set in an order that depends on their values alone.

    Rows are compared by a fixed random projection, which is continuous in them, then channel by
    channel. Rows that still compare equal are equal, so that no permutation of the input can be
    seen in the output.

    Args:
        x (torch.Tensor): Elements grouped by set :math:`(E, F)`.
        index (torch.Tensor): The set of each element :math:`(E)`, sorted.

    Returns:
        torch.Tensor: A permutation of the positions that keeps every set in its place
        :math:`(E)`.

    Examples:
        >>> x, index = torch.tensor([[3.0], [1.0], [2.0]]), torch.tensor([0, 0, 1])
        >>> swapped = x[[1, 0, 2]]
        >>> torch.equal(x[sorted_order(x, index)], swapped[sorted_order(swapped, index)])
        True
    """
    x = x.detach()
    # The same numbers whatever the default type and device.
    generator = torch.Generator().manual_seed(0)
    projection = torch.randn(x.size(-1), generator=generator, dtype=torch.float, device="cpu")
    # Elementwise, not a matmul: a row's key must not depend on where the row stands.
    key = (x * projection.to(x.device, x.dtype)).sum(dim=-1)
    order = _stable_by([index, key])
    first, second = order[:-1], order[1:]
    tied = (index[first] == index[second]) & (key[first] == key[second])
    if bool((tied & (x[first] != x[second]).any(dim=-1)).any()):
        order = _stable_by([index, key, *x.unbind(dim=-1)])
    return order


def _stable_by(keys: list[Tensor]) -> Tensor:
    """Lexicographic order, the first key leading."""
    order = keys[-1].argsort(stable=True)
    for key in reversed(keys[:-1]):
        order = order[key[order].argsort(stable=True)]
    return order
