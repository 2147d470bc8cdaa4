"""How far apart networks are."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..spec import PermutationSpec
from .states import State, check_pair, is_continuous


def weight_distance(spec: PermutationSpec, a: State, b: State) -> float:
    r"""The Euclidean distance over all scored tensors, in float64.

    Args:
        spec (PermutationSpec): The specification of the networks. Running statistics do not count.
        a (dict): A state dict.
        b (dict): Another one.

    Raises:
        ValueError: If the state dicts do not fit to the specification or hold NaN.
    """
    check_pair(a, b)
    for state in (a, b):
        spec.validate(state)
    squares = 0.0
    for name in spec.axes:
        if name not in spec.unscored and is_continuous(a[name]):
            kind = torch.promote_types(a[name].dtype, torch.float64)
            step = a[name].detach().to(kind) - b[name].detach().to(a[name].device, kind)
            squares += float(step.abs().square().sum())
    return math.sqrt(squares)


def l2_reduction(
    spec: PermutationSpec, a: State, b: State, permutation: Mapping[str, Tensor]
) -> float:
    r"""How much closer a permutation brings two networks, :math:`1 - \| a - \pi(b) \| / \| a - b
    \|`.

    For trained networks it is small although a path without barrier joins them, which is why
    closeness does not explain it. Networks with random weights already gain some percent.

    Args:
        spec (PermutationSpec): The specification of the networks.
        a (dict): A state dict.
        b (dict): Another one, without the permutation.
        permutation (dict): The permutation of ``b``.

    Raises:
        ValueError: If the state dicts do not fit to the specification, or are equal.

    Examples:
        >>> import torch
        >>> from pyg_symm.weights import mlp_spec
        >>> spec, model = mlp_spec([4, 8, 2]), torch.nn.Sequential(
        ...     torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        ... )
        >>> swap = {"h0": torch.arange(7, -1, -1)}
        >>> b = spec.apply(model.state_dict(), swap)
        >>> l2_reduction(spec, model.state_dict(), b, swap)
        1.0
    """
    before = weight_distance(spec, a, b)
    if before == 0:
        raise ValueError("'a' and 'b' must differ (got equal weights)")
    return 1 - weight_distance(spec, a, spec.apply(b, permutation)) / before
