"""Activations of a merged network, brought back to the statistics of its parents."""

from collections.abc import Collection, Iterable
from typing import Any

import torch

from .calibrate import has_statistics, recalibrate
from .fold import fold, foldable
from .forwards import Forward
from .interpolate import interpolate
from .moments import Moments, measure
from .states import State, check_fits, copy_of

_LEAST_STD = 1e-6  # Of the parents' deviation: units below are constant, and are only shifted.


def repair(
    model: torch.nn.Module,
    a: State,
    b: State,
    weight: float,
    batches: Iterable[Any],
    *,
    skip: Collection[str] | None = None,
    forward: Forward | None = None,
) -> torch.nn.Module:
    r"""Merges two networks and rescales their units, as in the `"REPAIR"
    <https://arxiv.org/abs/2211.08403>`_ paper.

    Averages of activations that are not alike vary less than either, the more so the deeper the
    network. Layer by layer from the input, each unit before its activation gets the mean and the
    standard deviation

    .. math::
        \mu = (1 - \lambda) \, \mu_a + \lambda \, \mu_b, \quad
        \sigma = (1 - \lambda) \, \sigma_a + \lambda \, \sigma_b.

    The affine map that does it is folded into the weights of the layer. Layers with a bias keep
    their shapes; others get one. Linear layers, convolutions and those layers of PyG that are sums
    of linear maps (:class:`~torch_geometric.nn.GCNConv`, ``SAGEConv``, ``GraphConv``, ``SGConv``,
    ``TAGConv``, ``ChebConv``, and the networks inside of ``GINConv``) take part. Others, such as
    attention, stay as they are. Networks with batch norm are calibrated by
    :func:`recalibrate` instead, which does the same for them.

    Args:
        model (torch.nn.Module): A network of the same architecture, which stays as it is.
        a (dict): State dict at :math:`\lambda = 0`.
        b (dict): State dict at :math:`\lambda = 1`, with its units permuted already.
        weight (float): The position :math:`\lambda`.
        batches (Iterable): Inputs; read once for each layer and twice more.
        skip (Collection, optional): Names of layers to leave as they are. (default: the layer that
            is called last, whose outputs are those of the network)
        forward (Callable, optional): How to call a model on a batch, ``forward(model, batch)``.

    Returns:
        torch.nn.Module: The merged network in evaluation mode.

    Raises:
        ValueError: If the state dicts do not fit, if ``skip`` names no such layer, or if there is
            no batch.
    """
    merged = interpolate(a, b, weight)
    check_fits(model, a, "a")
    network = copy_of(model, merged)
    if any(has_statistics(layer) for layer in network.modules()):
        return recalibrate(network, batches, forward=forward)
    dims = foldable(network)
    if unknown := [name for name in skip or () if name not in dims]:
        raise ValueError(f"'skip' must name some of {list(dims)} (got {unknown[0]!r})")
    first = measure(copy_of(model, a), dims, batches, forward)
    second = measure(copy_of(model, b), dims, batches, forward)
    left_out = list(first)[-1:] if skip is None else skip
    for name in first:
        if name in left_out:
            continue
        now = measure(network, {name: dims[name]}, batches, forward)[name]
        goal = Moments(*(x.lerp(y, weight) for x, y in zip(first[name], second[name], strict=True)))
        constant = now.std <= _LEAST_STD * goal.std
        scale = torch.where(constant, 1.0, goal.std / now.std.where(~constant, goal.std + 1))
        fold(network.get_submodule(name), scale, goal.mean - scale * now.mean)
    return network
