r"""Which renumberings of units keep the function of a network.

A :class:`PermutationSpec` says of each axis of each tensor which classes of units it is made of.
Renumbering the units of a class on all of these axes at once keeps what the network computes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from .axes import Axis, axis_classes, axis_index, axis_size, check_axes, format_axis, parse_axis
from .edits import freeze_axes, tie_axes
from .finite import all_finite
from .heads import HeadGroup, check_groups, check_heads
from .permutations import Permutation, check_permutation, identity


@dataclass(frozen=True)
class Occurrence:
    r"""Where a class occurs.

    Args:
        tensor (str): The name of the tensor.
        dim (int): The axis of the tensor.
        part (int): The place in the concatenation of this axis.
        factor (int): The place in the product of this part.
    """

    tensor: str
    dim: int
    part: int
    factor: int


@dataclass
class PermutationSpec:
    r"""The classes of units of a network, and the axes on which they lie.

    For an MLP with weights :math:`W_\ell`, each hidden layer is a class, which lies on the rows of
    :math:`W_\ell`, on the bias :math:`b_\ell` and on the columns of :math:`W_{\ell + 1}`.

    There is one axis for each dimension of a tensor. An axis may also span several dimensions that
    follow each other: the parameter ``att_src`` of :class:`~torch_geometric.nn.GATConv` has shape
    :math:`(1, H, C)` and the axes ``1`` and ``out``, where ``out`` is a class of size :math:`H C`.

    Attention heads: units of different heads cannot be mixed, but heads can be exchanged as wholes.
    A class with heads is a class like others, of size :math:`H C`, and a
    :class:`~pyg_symm.weights.HeadGroup` in ``groups`` says that its legal permutations keep the
    blocks of :math:`C` units together, and which classes exchange their heads together. Since
    every permutation is ``{class: index [size]}``, :meth:`apply` needs no case of its own for
    heads; :meth:`random` draws legal permutations only. Where positions inside of a head are fixed
    (rotary embeddings) and only heads move, a class of size :math:`H` in the product ``heads*C``
    says so. Classes of a product that move freely, such as ``heads*ch`` of a layer that averages
    its heads, need no group.

    Args:
        axes (dict): For each tensor, its axes; ``()`` for numbers without dimensions.
        classes (dict, optional): The size of each class. (default: those found in ``axes``)
        unscored (set of str, optional): Tensors that are permuted but not compared, such as the
            running statistics of norms. (default: none)
        groups (tuple of HeadGroup, optional): Classes with heads. (default: none)

    Raises:
        ValueError: If a class has different sizes, no tensor that is scored, two groups, or a size
            that its number of heads does not divide.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> spec = mlp_spec([4, 8, 2])
        >>> spec.classes
        {'h0': 8}
        >>> p = spec.random(torch.Generator().manual_seed(0))
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> model = torch.nn.Sequential(*layers)
        >>> x = torch.randn(5, 4)
        >>> before = model(x)
        >>> _ = model.load_state_dict(spec.apply(model.state_dict(), p))
        >>> torch.allclose(model(x), before, atol=1e-6)
        True
    """

    axes: dict[str, tuple[Axis, ...]]
    classes: dict[str, int] = field(default_factory=dict)
    unscored: frozenset[str] = frozenset()
    groups: tuple[HeadGroup, ...] = ()

    def __post_init__(self) -> None:
        found: dict[str, int] = {}
        for tensor, axes in self.axes.items():
            for atom in (atom for axis in axes for part in axis for atom in part):
                if atom.name and found.setdefault(atom.name, atom.size) != atom.size:
                    raise ValueError(
                        f"class '{atom.name}' has size {found[atom.name]} in other tensors and "
                        f"{atom.size} in '{tensor}'"
                    )
        if self.classes and self.classes != found:
            raise ValueError(f"'classes' must be those of 'axes', {found} (got {self.classes})")
        self.classes = dict(sorted(found.items()))
        self.unscored = frozenset(self.unscored)
        self.groups = tuple(self.groups)
        if not self.unscored <= self.axes.keys():
            unknown = sorted(self.unscored - self.axes.keys())
            raise ValueError(f"'unscored' names tensors without axes: {unknown}")
        for name in self.classes:
            if all(place.tensor in self.unscored for place in self.occurrences(name)):
                raise ValueError(f"class '{name}' lies on tensors that are not scored only")
        check_groups(self.groups, self.classes)

    def group_of(self, name: str) -> HeadGroup | None:
        r"""The group of a class with heads, or :obj:`None`."""
        return next((group for group in self.groups if name in group.classes), None)

    def occurrences(self, name: str) -> list[Occurrence]:
        r"""Every place of a class in the axes, in order.

        Examples:
            >>> from pyg_symm.weights import mlp_spec
            >>> [(place.tensor, place.dim) for place in mlp_spec([4, 8, 2]).occurrences("h0")]
            [('0.weight', 0), ('0.bias', 0), ('2.weight', 1)]
        """
        return [
            Occurrence(tensor, dim, part, factor)
            for tensor, axes in self.axes.items()
            for dim, axis in enumerate(axes)
            for part, atoms in enumerate(axis)
            for factor, atom in enumerate(atoms)
            if atom.name == name
        ]

    def identity(self) -> Permutation:
        r"""The permutation that moves nothing."""
        return identity(self.classes)

    def random(self, generator: torch.Generator | None = None) -> Permutation:
        r"""A legal permutation, all of them equally likely.

        Args:
            generator (torch.Generator, optional): Source of randomness. (default: PyTorch's own)
        """
        out: Permutation = {}
        for name, size in self.classes.items():
            group = self.group_of(name)
            if group is None:
                out[name] = torch.randperm(size, generator=generator)
            elif name not in out:
                out.update(group.random(self.classes, generator))
        return {name: out[name] for name in self.classes}

    def apply(
        self, state_dict: Mapping[str, Any], permutation: Mapping[str, Tensor]
    ) -> dict[str, Any]:
        r"""The tensors with their units renumbered. Those that are given stay as they are.

        Args:
            state_dict (dict): Tensors by name: a state dict, or anything of the same shapes, such
                as the moments of an optimizer. Tensors of the network may be left out.
            permutation (dict): The old index of each new unit, for each class. Classes that are
                left out stay.

        Raises:
            ValueError: If a tensor is not covered by the axes, has another shape, or the
                permutation is not a legal one.
        """
        check_permutation(permutation, self.classes)
        check_heads(self.groups, self.classes, permutation)
        out = {}
        for name, value in state_dict.items():
            if isinstance(value, Tensor):
                self._check_shape(name, value)
                shape = value.shape
                value = self.view(name, value)
                for dim, axis in enumerate(self.axes[name]):
                    index = axis_index(axis, permutation)
                    if index is not None:
                        value = value.index_select(dim, index.to(value.device))
                value = value.view(shape)
            out[name] = value
        return out

    def _check_shape(self, name: str, tensor: Tensor) -> None:
        if name not in self.axes:
            raise ValueError(f"tensor '{name}' is not covered by the specification")
        check_axes(name, tensor.shape, self.axes[name])

    def view(self, name: str, tensor: Tensor) -> Tensor:
        r"""The tensor with one dimension for each of its axes."""
        return tensor.reshape([axis_size(axis) for axis in self.axes[name]])

    def validate(self, state_dict: Mapping[str, Any]) -> None:
        r"""Checks that this specification describes a state dict.

        Raises:
            ValueError: If a tensor is missing, is no tensor, is not covered, has another shape, was
                not initialized, or holds NaN, or infinite numbers other than those of a mask that
                is not scored. The message names the tensor.
        """
        if not isinstance(state_dict, Mapping):
            raise ValueError(f"'state_dict' must be one (got {type(state_dict).__name__})")
        missing = sorted(self.axes.keys() - state_dict.keys())
        if missing:
            raise ValueError(f"tensors {missing} are missing")
        for name, value in state_dict.items():
            if not isinstance(value, Tensor):
                if name in self.axes:
                    raise ValueError(f"'{name}' must be a tensor (got {type(value).__name__})")
                continue
            if is_lazy(value):
                raise ValueError(f"tensor '{name}' is not initialized; run the model once")
            self._check_shape(name, value)
            numbers = value.is_floating_point() or value.is_complex()
            # Masks of attention are infinite; they do not move, and nothing compares them.
            mask = name in self.unscored and not any(map(axis_classes, self.axes[name]))
            if numbers and not all_finite(value) and not (mask and not value.isnan().any()):
                raise ValueError(f"tensor '{name}' holds NaN or infinite numbers")

    def freeze(self, *names: str) -> "PermutationSpec":
        r"""The specification without some classes.

        A frozen class with heads keeps the heads of its group in place. The other classes of the
        group become one class for each head, such as ``value.0`` and ``value.1``, or are frozen,
        too, where such a class is not the first factor of a product.

        Raises:
            ValueError: If a class is unknown.
        """
        self._check_known(names)
        axes, groups = freeze_axes(self.axes, self.groups, names)
        return PermutationSpec(axes, unscored=self.unscored, groups=groups)

    def tie(self, first: str, second: str) -> "PermutationSpec":
        r"""The specification with two classes made one, which keeps the name of the first.

        Raises:
            ValueError: If a class is unknown, or sizes or numbers of heads differ.
        """
        self._check_known((first, second))
        if self.classes[first] != self.classes[second]:
            raise ValueError(
                f"classes '{first}' and '{second}' must have the same size "
                f"(got {self.classes[first]} and {self.classes[second]})"
            )
        axes, groups = tie_axes(self.axes, self.groups, first, second)
        return PermutationSpec(axes, unscored=self.unscored, groups=groups)

    def _check_known(self, names: Iterable[str]) -> None:
        unknown = [name for name in names if name not in self.classes]
        if unknown:
            raise ValueError(f"unknown classes {unknown} (got {list(self.classes)})")

    def to_dict(self) -> dict[str, Any]:
        r"""Strings, numbers, lists and dictionaries only, as YAML and JSON hold them.

        Examples:
            >>> from pyg_symm.weights import mlp_spec
            >>> mlp_spec([4, 8, 2]).to_dict()["axes"]["2.weight"]
            ['2', 'h0']
        """
        return {
            "classes": dict(self.classes),
            "axes": {name: [format_axis(a) for a in axes] for name, axes in self.axes.items()},
            "unscored": sorted(self.unscored),
            "groups": [
                {"num_heads": group.num_heads, "classes": list(group.classes)}
                for group in self.groups
            ],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "PermutationSpec":
        r"""The specification that :meth:`to_dict` wrote.

        Raises:
            ValueError: If the content has another form.
        """
        for key in ("classes", "axes"):
            if not isinstance(content.get(key), Mapping):
                raise ValueError(f"'content' must hold a dictionary '{key}' (got {list(content)})")
        classes = content["classes"]
        return cls(
            axes={
                name: tuple(parse_axis(text, classes) for text in axes)
                for name, axes in content["axes"].items()
            },
            classes=dict(classes),
            unscored=frozenset(content.get("unscored", ())),
            groups=tuple(
                HeadGroup(group["num_heads"], tuple(group["classes"]))
                for group in content.get("groups", ())
            ),
        )
