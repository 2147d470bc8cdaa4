r"""What every tensor of a model is to each of its classes, and which classes can be merged."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import Tensor
from torch.nn import Module

from ..axes import Axis, axis_size
from ..spec import PermutationSpec
from . import pyg_rules as _pyg_rules  # noqa: F401
from .blocks import Block, Role, split_tensor
from .graph import module_graph, used_apart
from .mixing import mixed_classes
from .rules import MergeRule, rule_of


@dataclass(frozen=True)
class Owner:
    r"""The module that holds a tensor."""

    module: Module
    name: str
    rule: MergeRule | None


class Layout:
    r"""The tensors of a model, the axes of each, and what each is to the units of each axis.

    Args:
        model (torch.nn.Module): The model.
        spec (PermutationSpec): Its classes.

    Raises:
        ValueError: If the specification does not describe the model, or a tensor holds NaN. The
            message names the tensor.
    """

    def __init__(self, model: Module, spec: PermutationSpec) -> None:
        if not isinstance(model, Module):
            raise ValueError(f"'model' must be a torch.nn.Module (got {type(model).__name__})")
        self.model, self.spec = model, spec
        state = model.state_dict()
        spec.validate(state)
        self.state = {n: t.detach() for n, t in state.items() if isinstance(t, Tensor)}
        self.owners = dict(_owners(model))
        self.roles: dict[str, tuple[Role, ...]] = {}
        self.kept: set[str] = set()
        for name, axes in spec.axes.items():
            roles = self._dim_roles(name)
            spans = list(_spans(self.state[name].shape, axes))
            self.roles[name] = tuple(roles[span[-1]] if span else "in" for span in spans)
            for axis, span in zip(axes, spans, strict=True):
                self.kept |= set(
                    _kept(axis, [roles[d] for d in span], self.state[name].shape, span)
                )
        self.graph = module_graph(model)
        found = dict(reversed(list(self._refused())))  # The first tensor of each class.
        self.refused = dict(sorted(found.items()))
        fixed = self.kept | self.refused.keys()
        self.free = {n: size for n, size in spec.classes.items() if n not in fixed}

    def _dim_roles(self, name: str) -> tuple[Role, ...]:
        owner, dims = self.owners.get(name), self.state[name].dim()
        if owner is not None and owner.rule is not None:
            for pattern, roles in owner.rule.roles.items():
                if fnmatchcase(owner.name, pattern):
                    return (*roles, *["keep"] * dims)[:dims]
        return ("",) * dims

    def _refused(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Classes that cannot be merged, with a tensor and the reason."""
        for name, axes in self.spec.axes.items():
            for (dim, axis), role in zip(enumerate(axes), self.roles[name], strict=True):
                reason = next(self._reasons(name, dim), None)
                if role == "":
                    owner = self.owners.get(name)
                    kind = type(owner.module).__name__ if owner else "an unknown module"
                    reason = f"there is no rule for a tensor of {kind} (register_merge_rule)"
                if reason is not None:
                    yield from ((a.name, (name, reason)) for p in axis for a in p if a.name)
        for name in self.spec.classes.keys() - self.kept:
            places = self.spec.occurrences(name)
            if not any(self.roles[place.tensor][place.dim] == "in" for place in places):
                yield name, (places[0].tensor, "no tensor writes its units")
        yield from mixed_classes(self.model, self.graph, self.spec, self.roles)
        for name in used_apart(self.model, self.graph):
            reason = "it is also used apart from its layer, in another way"
            for axis in self.spec.axes[name]:
                yield from ((a.name, (name, reason)) for p in axis for a in p if a.name)
        shared: dict[int, str] = {}
        for name, tensor in self.state.items():
            first = shared.setdefault(tensor.data_ptr(), name) if tensor.numel() else name
            if self.roles[first] != self.roles[name] and self.state[first].shape == tensor.shape:
                reason = f"it is shared with '{first}', which is used in another way"
                for axis in self.spec.axes[name]:
                    yield from ((a.name, (name, reason)) for p in axis for a in p if a.name)

    def _reasons(self, name: str, dim: int) -> Iterator[str]:
        for prefix, module in self.model.named_modules():
            inside = f"{prefix}." if prefix else ""
            if not name.startswith(inside) or (rule := rule_of(module)) is None:
                continue
            for pattern, where, reason in rule.refuse(module):
                if where in (None, dim) and fnmatchcase(name[len(inside) :], pattern):
                    yield reason

    def check(self) -> None:
        r"""Checks that all classes can be merged.

        Raises:
            ValueError: If one cannot. The message names a tensor.
        """
        for name, (tensor, reason) in self.refused.items():
            raise ValueError(
                f"class '{name}' cannot be merged exactly: tensor '{tensor}': {reason}; leave it "
                f"as it is with spec.freeze({', '.join(map(repr, self.refused))})"
            )

    def blocks(self, state: dict[str, Tensor] | None = None) -> list[Block]:
        r"""The arrays of all tensors with a class that can be merged."""
        return [
            block
            for name, tensor in (self.state if state is None else state).items()
            if tensor.is_floating_point()
            for block in split_tensor(
                self.spec.view(name, tensor.cpu()),
                self.spec.axes[name],
                self.roles[name],
                self.free,
            )
        ]

    @property
    def parts(self) -> dict[str, int]:
        r"""The number of channels of a head, for classes with heads."""
        return {
            name: self.free[name] // group.num_heads
            for group in self.spec.groups
            for name in group.classes
            if name in self.free
        }

    @property
    def levels(self) -> list[list[tuple[str | None, range]]]:
        r"""Parts of classes that must keep equal widths: heads, layers and directions of an RNN."""
        found: list[list[tuple[str | None, range]]] = [
            [(name, range(i, i + size)) for i in range(0, self.free[name], size)]
            for name, size in self.parts.items()
        ]
        for prefix, module in self.model.named_modules():
            if isinstance(module, torch.nn.RNNBase):
                names = [n for n in module._flat_weights_names if n.startswith("weight_hh")]
                axes = [self.spec.axes[f"{prefix}.{n}" if prefix else n][1] for n in names]
                atoms = [atom for axis in axes for part in axis for atom in part]
                found.append(
                    [(a.name if a.name in self.free else None, range(a.size)) for a in atoms]
                )
        return found


def _owners(model: Module) -> Iterator[tuple[str, Owner]]:
    for prefix, module in model.named_modules(remove_duplicate=False):
        rule = rule_of(module)
        for name in [*module._parameters, *module._buffers]:
            yield f"{prefix}.{name}" if prefix else name, Owner(module, name, rule)


def _spans(shape: Sequence[int], axes: Sequence[Axis]) -> Iterator[range]:
    """The dimensions of each axis."""
    dim = 0
    for axis in axes:
        first = dim
        dim += 1
        while math.prod(shape[first:dim]) < axis_size(axis):
            dim += 1
        yield range(first, dim)


def _kept(
    axis: Axis, roles: Sequence[Role], shape: Sequence[int], span: Sequence[int]
) -> Iterator[str]:
    """Classes on dimensions where nothing may be merged."""
    for part in axis:
        one_each = len(axis) == 1 and [a.size for a in part] == [shape[d] for d in span]
        for i, atom in enumerate(part):
            if atom.name is not None and (roles[i] if one_each else roles[-1]) == "keep":
                yield atom.name


def unmergeable(model: Module, spec: PermutationSpec) -> dict[str, str]:
    r"""The classes that :func:`merge_features` refuses, and why.

    Args:
        model (torch.nn.Module): The model.
        spec (PermutationSpec): Its classes.

    Examples:
        >>> from torch.nn import LayerNorm, Linear, Sequential
        >>> from pyg_symm.weights import declare_spec
        >>> model = Sequential(Linear(3, 8), LayerNorm(8), Linear(8, 2))
        >>> axes = {"0.*": ["h"], "1.*": ["h"], "2.weight": [None, "h"], "2.bias": [None]}
        >>> spec = declare_spec(model.state_dict(), {"0.weight": ["h", None], **axes})
        >>> unmergeable(model, spec)["h"]
        "tensor '1.weight': its statistics run over the units, so that a copy of a unit counts"
        >>> spec.freeze(*unmergeable(model, spec)).classes
        {}
    """
    refused = Layout(model, spec).refused
    return {name: f"tensor '{tensor}': {reason}" for name, (tensor, reason) in refused.items()}
