"""Models with adapters: to train one, and to use one."""

import copy
import fnmatch
import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch_geometric.nn
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .adapter import Adapter

_LINEAR = (nn.Linear, torch_geometric.nn.Linear)


class LoraUpdate(nn.Module):
    r"""Adds :math:`s \, B A` to a weight, as a parametrization.

    ``A`` starts as the weight of a linear layer does, ``B`` at zero.

    Args:
        weight (Tensor): The weight. ``[d_out, d_in]``
        rank (int): The rank r.
        scaling (float): The factor s.
        generator (torch.Generator, optional): Draws ``A``.

    Shapes:
        - **input:** a weight ``[d_out, d_in]``
        - **output:** a weight ``[d_out, d_in]``
    """

    def __init__(
        self,
        weight: Tensor,
        rank: int,
        scaling: float,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        d_out, d_in = weight.shape
        bound = 1 / math.sqrt(d_in)
        start = torch.empty(rank, d_in, dtype=weight.dtype)
        start.uniform_(-bound, bound, generator=generator)
        self.A = nn.Parameter(start.to(weight.device))
        self.B = nn.Parameter(weight.new_zeros(d_out, rank))
        self.scaling = scaling

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.scaling * (self.B @ self.A)

    def extra_repr(self) -> str:
        d_out, d_in = self.B.size(0), self.A.size(1)
        return f"{d_in}, {d_out}, rank={self.A.size(0)}, scaling={self.scaling:g}"


def add_lora(
    model: nn.Module,
    targets: Sequence[str] = ("*",),
    *,
    rank: int = 8,
    alpha: float = 16.0,
    use_rslora: bool = False,
    generator: torch.Generator | None = None,
) -> nn.Module:
    r"""A copy of a model in which nothing but low-rank updates of linear layers is trained.

    Linear layers are those of torch and of PyG, so that the layers inside of PyG's convolutions
    can be adapted. The copy gives the same output until it is trained.

    Args:
        model (torch.nn.Module): The model. It is not changed.
        targets (Sequence, optional): Names of linear layers, with ``*`` for anything.
            (default: all)
        rank (int, optional): The rank r. (default: :obj:`8`)
        alpha (float, optional): The scaling is :math:`\alpha / r`. (default: :obj:`16.0`)
        use_rslora (bool, optional): Whether it is :math:`\alpha / \sqrt{r}`.
            (default: :obj:`False`)
        generator (torch.Generator, optional): Draws the first factors.

    Raises:
        ValueError: If a name matches no linear layer, if a layer was not initialised yet, or if
            ``rank`` is larger than a side of a weight; the message names the layer.

    Examples:
        >>> from torch_geometric.nn import GCNConv
        >>> adapted = add_lora(GCNConv(16, 32), rank=4)
        >>> [name for name, p in adapted.named_parameters() if p.requires_grad]
        ['lin.parametrizations.weight.0.A', 'lin.parametrizations.weight.0.B']
        >>> adapter_of(adapted)
        Adapter(1 modules, rank 4)
    """
    linear = [name for name, layer in model.named_modules() if isinstance(layer, _LINEAR)]
    names: set[str] = set()
    for target in targets:
        found = fnmatch.filter(linear, target)
        if not found:
            raise ValueError(f"'targets' must match linear layers of the model (got {target!r})")
        names.update(found)
    chosen = [name for name in linear if name in names]
    for name in chosen:
        _check_layer(name, model.get_submodule(name), rank)
    made = copy.deepcopy(model).requires_grad_(False)
    scaling = alpha / (math.sqrt(rank) if use_rslora else rank)
    for name in chosen:
        layer: Any = made.get_submodule(name)
        update = LoraUpdate(layer.weight, rank, scaling, generator)
        parametrize.register_parametrization(layer, "weight", update)
    return made


def adapter_of(model: nn.Module) -> Adapter:
    r"""The adapter of a model of :func:`add_lora`, as it is now.

    Raises:
        ValueError: If the model has no low-rank updates.
    """
    modules = {
        name: (update.A.detach().clone(), update.B.detach().clone(), update.scaling)
        for name, update in _updates(model)
    }
    if not modules:
        raise ValueError("'model' must have updates of 'add_lora' (got none)")
    return Adapter(modules)


def apply_adapter(model: nn.Module, adapter: Adapter, *, scale: float = 1.0) -> nn.Module:
    r"""A copy of a model with the updates of an adapter added to its weights.

    Args:
        model (torch.nn.Module): The base model. It is not changed.
        adapter (Adapter): An adapter of linear layers, convolutions or embeddings.
        scale (float, optional): A factor of all updates. (default: :obj:`1.0`)

    Raises:
        ValueError: If the model lacks a module, or if its weight has another shape; the message
            names the module.

    Examples:
        >>> model = nn.Linear(3, 2)
        >>> adapter = Adapter({"0": (torch.ones(1, 3), torch.ones(2, 1), 0.5)})
        >>> adapted = apply_adapter(nn.Sequential(model), adapter)
        >>> torch.allclose(adapted[0].weight, model.weight + 0.5)
        True
    """
    made = copy.deepcopy(model)
    modules = dict(made.named_modules())
    for name in adapter:
        weight = getattr(modules.get(name), "weight", None)
        if not isinstance(weight, Tensor):
            raise ValueError(f"'model' must have a weight '{name}.weight' (got none)")
        delta = adapter.layouts[name].weight(adapter.delta(name))
        delta = delta.T if adapter.options.get("fan_in_fan_out") else delta
        if delta.shape != weight.shape:
            raise ValueError(
                f"the update of '{name}' must have the shape of its weight "
                f"(got {tuple(delta.shape)} and {tuple(weight.shape)})"
            )
        with torch.no_grad():
            weight += (scale * delta).to(weight)
    return made


def _updates(model: nn.Module) -> Iterator[tuple[str, LoraUpdate]]:
    for name, update in model.named_modules():
        if isinstance(update, LoraUpdate):
            yield name.removesuffix(".parametrizations.weight.0"), update


def _check_layer(name: str, layer: Any, rank: int) -> None:
    if parametrize.is_parametrized(layer, "weight"):
        raise ValueError(f"the weight of '{name}' must not be parametrized")
    if isinstance(layer.weight, nn.parameter.UninitializedParameter):
        raise ValueError(f"'{name}' must be initialised: call the model once before")
    if not 1 <= rank <= min(layer.weight.shape):
        raise ValueError(
            f"'rank' must be at least 1 and at most the sides of the weight of '{name}', "
            f"{tuple(layer.weight.shape)} (got {rank})"
        )
