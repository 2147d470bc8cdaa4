"""Assignments of largest weight: of the units of one class, and of attention heads."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..finite import all_finite
from ..heads import HeadGroup, block_permutation
from ..permutations import Permutation

# Classes that are solved together, and their heads, if they have some.
Members = tuple[tuple[str, ...], HeadGroup | None]


def assign(weights: Tensor) -> Tensor:
    r"""The permutation with the largest sum of weights.

    .. math::
        \max_p \sum_i M_{i, p_i}

    Where every row has its largest entry in another column, these are the solution. They are found
    on the device of the matrix. Otherwise SciPy's Jonker-Volgenant solver gets the matrix.

    Args:
        weights (torch.Tensor): The matrix :math:`M` of shape :math:`(n, n)`.

    Returns:
        torch.Tensor: The permutation :math:`(n)`, on the CPU.

    Raises:
        ValueError: If a weight is not finite.

    Examples:
        >>> assign(torch.tensor([[3.0, 2.0], [2.0, 0.0]]))
        tensor([1, 0])
    """
    if not all_finite(weights):
        raise ValueError(f"'weights' must be finite (got {weights})")
    best = weights.max(dim=1).indices.cpu()
    if len(best.unique()) == len(best):
        return best
    from scipy.optimize import linear_sum_assignment

    _, columns = linear_sum_assignment(weights.cpu().numpy(), maximize=True)
    return torch.from_numpy(columns)


def assign_units(matrices: Mapping[str, Tensor], group: HeadGroup | None) -> Permutation:
    r"""The legal permutations of classes that are solved together, with the largest sum of weights.

    The permutations of a group of heads are found exactly in two levels: for each pair of heads,
    the best assignment inside of them, for each class; and then the best assignment of the heads by
    the sums of these.

    Args:
        matrices (dict): The weights :math:`(n, n)` for each class.
        group (HeadGroup, optional): The group of the classes. :obj:`None` for one class without
            heads.
    """
    if group is None:
        return {name: assign(matrix) for name, matrix in matrices.items()}
    num = group.num_heads
    scores = torch.zeros(num, num, dtype=torch.double)
    inner: dict[str, Tensor] = {}
    for name, matrix in matrices.items():
        blocks = _blocks(matrix.cpu(), num)
        channels = blocks.size(-1)
        solved = [[assign(blocks[i, j]) for j in range(num)] for i in range(num)]
        inner[name] = torch.stack([torch.stack(row) for row in solved])  # [H, H, C]
        gained = blocks.gather(3, inner[name].unsqueeze(-1))
        scores += gained.view(num, num, channels).sum(-1)
    heads = assign(scores)
    rows = torch.arange(num)
    return {name: block_permutation(heads, inner[name][rows, heads]) for name in matrices}


def _blocks(matrix: Tensor, num: int) -> Tensor:
    """The blocks of pairs of heads [H, H, C, C]."""
    channels = matrix.size(0) // num
    return matrix.view(num, channels, num, channels).transpose(1, 2)


def gain(
    matrices: Mapping[str, Tensor], new: Mapping[str, Tensor], old: Mapping[str, Tensor]
) -> tuple[float, float]:
    r"""How much the weights of new permutations exceed those of old ones, and the size of both.

    Returns:
        tuple of float: The gain, and the sum of absolute weights, for tolerances.
    """
    total, scale = 0.0, 0.0
    for name, matrix in matrices.items():
        index = torch.stack([new[name], old[name]]).to(matrix.device)
        picked = matrix.gather(1, index.t())
        total += float((picked[:, 0] - picked[:, 1]).sum())
        scale += float(picked.abs().sum())
    return total, scale


def is_mutual(matrices: Mapping[str, Tensor], permutation: Mapping[str, Tensor]) -> bool:
    r"""Whether each unit and its partner have no better one, among all units of their classes."""
    for name, matrix in matrices.items():
        p = permutation[name].to(matrix.device)
        rows = torch.arange(len(p), device=p.device)
        picked = matrix[rows, p]
        others = matrix.clone()
        others[rows, p] = -torch.inf
        if not bool((picked > others.amax(1)).all() and (picked > others.amax(0)[p]).all()):
            return False
    return True
