r"""Where the units of a class can be seen while a network runs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch_geometric.nn import Linear

from ..axes import Axis, axis_classes, axis_size
from ..spec import PermutationSpec

_CONVS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass
class Site:
    r"""The features that enter or leave one layer.

    Args:
        module (str): The name of the layer.
        enters (bool): Whether its input counts, or its output.
        axis (Axis): What the features are made of.
        dim (int): The dimension of the features, from the end.
    """

    module: str
    enters: bool
    axis: Axis
    dim: int
    seen: list[Tensor] = field(default_factory=list, repr=False)

    def watch(self, layer: nn.Module) -> None:
        r"""Collects in ``seen`` what enters or leaves a layer."""
        if self.enters:
            layer.register_forward_pre_hook(self._enter, with_kwargs=True)
        else:
            layer.register_forward_hook(lambda layer, args, out: self._keep(out))

    def _enter(self, layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._keep(args[0] if args else next(iter(kwargs.values()), None))

    def _keep(self, value: Any) -> None:
        if isinstance(value, Tensor):
            self.seen.append(value.detach())

    def samples(self, value: Tensor) -> Iterator[tuple[str, Tensor]]:
        r"""For each class on the axis, its units in double precision, [samples, units].

        Entries that differ in frozen factors of a product are samples, too. Other classes of the
        product are averaged over, since their units correspond to nothing yet.
        """
        rows = value.movedim(self.dim, -1).reshape(-1, axis_size(self.axis)).double()
        start = 0
        for part in self.axis:
            size = math.prod(atom.size for atom in part)
            x = rows[:, start : start + size].reshape(-1, *(atom.size for atom in part))
            start += size
            for name in sorted(axis_classes((part,))):
                mine = next(i for i, atom in enumerate(part, 1) if atom.name == name)
                others = [i for i, atom in enumerate(part, 1) if atom.name and i != mine]
                units = x.mean(others, keepdim=True) if others else x
                yield name, units.movedim(mine, -1).flatten(0, -2)


def find_sites(spec: PermutationSpec, model: nn.Module) -> list[Site]:
    r"""The sites of all classes that have one.

    Inputs of linear layers, convolutions, recurrent layers and attention come first, because there
    activations have been applied. Classes without these are seen at outputs of layers.
    """
    sites = [site for name, layer in model.named_modules() for site in _inputs(spec, name, layer)]
    seen = {c for site in sites for c in axis_classes(site.axis)}
    for name, layer in model.named_modules():
        for site in _outputs(spec, name, layer):
            if axis_classes(site.axis) - seen:
                sites.append(site)
    return sites


def _axes(spec: PermutationSpec, module: str, tensor: str) -> tuple[Axis, ...]:
    return spec.axes.get(f"{module}.{tensor}" if module else tensor, ())


def _inputs(spec: PermutationSpec, name: str, layer: nn.Module) -> Iterator[Site]:
    tensor, dim = "weight", -1
    if isinstance(layer, nn.RNNCellBase):
        tensor = "weight_ih"
    elif isinstance(layer, nn.RNNBase):
        tensor = "weight_ih_l0"
    elif isinstance(layer, nn.MultiheadAttention):
        tensor = "in_proj_weight"
    elif isinstance(layer, _CONVS) and layer.groups == 1:
        dim = -len(layer.kernel_size) - 1
    elif not isinstance(layer, nn.Linear | Linear):
        return
    axes = _axes(spec, name, tensor)
    if len(axes) > 1 and axis_classes(axes[1]):
        yield Site(name, True, axes[1], dim)


def _outputs(spec: PermutationSpec, name: str, layer: nn.Module) -> Iterator[Site]:
    dim, number = -1, 0
    if isinstance(layer, _CONVS):
        dim = -len(layer.kernel_size) - 1
    elif isinstance(layer, nn.Embedding):
        number = 1
    elif not isinstance(layer, nn.Linear | Linear):
        return
    axes = _axes(spec, name, "weight")
    if len(axes) > number and axis_classes(axes[number]):
        yield Site(name, False, axes[number], dim)
