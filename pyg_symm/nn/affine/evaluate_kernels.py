"""The kernels of several layers at once."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pyg_symm.groups import GroupSamples

from .affine_conv import AffineConv2d, Sites
from .kernels import KernelNet

Call = tuple[AffineConv2d, Sequence[GroupSamples]]


def evaluate_kernels(calls: Sequence[Call]) -> list[Tensor]:
    r"""The kernels of several layers, each for its own samples.

    Kernel networks of equal sizes are evaluated in one batch, with their parameters stacked, and
    layers with the same samples share coordinates. In evaluation without gradients, every layer
    keeps its last kernel instead.

    Args:
        calls (sequence): Pairs of a layer and what its ``kernel`` takes.

    Returns:
        list: The kernel of every pair, for the argument ``kernel`` of the layer's ``forward``.

    Examples:
        >>> from pyg_symm.groups import SL
        >>> from pyg_symm.nn.affine import GroupConv2d
        >>> samples = SL(2).sample(6)
        >>> layers = [GroupConv2d(8, 8, 5, SL(2)) for _ in range(3)]
        >>> [first, _, _] = evaluate_kernels([(conv, (samples, samples)) for conv in layers])
        >>> torch.allclose(first, layers[0].kernel(samples, samples))
        True
    """
    if all(not conv.training for conv, _ in calls) and not torch.is_grad_enabled():
        return [conv.kernel(*samples) for conv, samples in calls]
    if not calls:
        return []
    with torch.autocast(calls[0][0].taps.device.type, enabled=False):
        sites = _shared_sites(calls)
        inputs = [conv.inputs(each) for (conv, _), each in zip(calls, sites, strict=True)]
        values = evaluate_nets([conv.kernel_net for conv, _ in calls], inputs)
        return [
            conv.assemble(each, value)
            for (conv, _), each, value in zip(calls, sites, values, strict=True)
        ]


def evaluate_nets(nets: Sequence[torch.nn.Module], inputs: Sequence[Tensor]) -> list[Tensor]:
    r"""The values of several kernel networks, those of equal sizes in one batch.

    Args:
        nets (sequence of torch.nn.Module): The networks.
        inputs (sequence of torch.Tensor): What each takes :math:`(*, d)`.
    """
    batches: dict[Any, list[int]] = {}
    for i, (net, z) in enumerate(zip(nets, inputs, strict=True)):
        alike = isinstance(net, KernelNet)
        batches.setdefault((repr(net), z.shape, z.dtype) if alike else i, []).append(i)
    out: dict[int, Tensor] = {}
    for members in batches.values():
        first = nets[members[0]]
        if len(members) == 1:
            out[members[0]] = first(inputs[members[0]])
            continue
        stacked = {
            name: torch.stack([nets[i].get_parameter(name) for i in members])
            for name, _ in first.named_parameters()
        }
        z = torch.stack([inputs[i] for i in members])

        def call(parameters: dict[str, Tensor], z: Tensor, net: torch.nn.Module = first) -> Tensor:
            return torch.func.functional_call(net, parameters, (z,))

        values = torch.func.vmap(call)(stacked, z)
        out.update(zip(members, values.unbind(0), strict=True))
    return [out[i] for i in range(len(nets))]


def _shared_sites(calls: Sequence[Call]) -> list[Sites]:
    """The sites of each layer, computed once for layers of one kind with the same samples."""
    found: dict[Any, Sites] = {}
    out = []
    for conv, samples in calls:
        key = (type(conv), conv.kernel_size, conv.group, *map(id, samples))
        if key not in found:
            found[key] = conv.sites(*samples)
        out.append(found[key])
    return out
