r"""Tensors of a network by the classes on their axes, in a form that can be compared quickly."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor

from ..axes import Atom, axis_size
from ..spec import PermutationSpec

# The classes on the leading dimensions of a tensor; a class may be there twice.
Signature = tuple[str, ...]
Terms = dict[Signature, Tensor]


def tensor_terms(spec: PermutationSpec, state_dict: Mapping[str, Any]) -> Terms:
    r"""All numbers of a network that are compared, by the classes on their axes.

    Concatenations are taken apart, products become dimensions of their own, and dimensions of
    classes come first, sorted by name. Frozen dimensions are one, the last. Terms of equal
    classes are concatenated along it, such as a weight and a bias of the same rows.

    Args:
        spec (PermutationSpec): The classes.
        state_dict (dict): The tensors.

    Returns:
        dict: For the classes :math:`c_1, \ldots, c_k`, a tensor
        :math:`(n_{c_1}, \ldots, n_{c_k}, F)`. Half precision becomes single precision, complex
        numbers become their real and imaginary parts. The numbers of frozen axes only are under
        ``()``.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> terms = tensor_terms(mlp_spec([4, 8, 2]), torch.nn.Sequential(*layers).state_dict())
        >>> {classes: tuple(term.shape) for classes, term in terms.items()}
        {(): (2,), ('h0',): (8, 7)}
    """
    found: dict[Signature, list[Tensor]] = {}
    for name in spec.axes:
        value = state_dict[name]
        if name not in spec.unscored and (value.is_floating_point() or value.is_complex()):
            for part in _real_parts(value.detach()):
                for signature, term in _pieces(spec, name, part):
                    found.setdefault(signature, []).append(term)
    kind = max((t.dtype for terms in found.values() for t in terms), key=_bits, default=None)
    return {
        signature: torch.cat([term.to(kind) for term in terms], dim=-1).contiguous()
        for signature, terms in sorted(found.items())
    }


def terms_of_all(spec: PermutationSpec, models: Iterable[Mapping[str, Any]]) -> list[Terms]:
    r"""The terms of several networks, all in the highest precision that one of them has."""
    found = [tensor_terms(spec, model) for model in models]
    kind = max((t.dtype for terms in found for t in terms.values()), key=_bits, default=None)
    return [{signature: t.to(kind) for signature, t in terms.items()} for terms in found]


def _real_parts(value: Tensor) -> tuple[Tensor, ...]:
    """Real and imaginary part of complex numbers: inner products add up."""
    if value.is_complex():
        return tuple(_real_parts(part)[0] for part in (value.real, value.imag))
    return (value.float() if value.dtype in (torch.half, torch.bfloat16) else value,)


def _bits(kind: torch.dtype) -> int:
    return torch.finfo(kind).bits


def _pieces(spec: PermutationSpec, name: str, tensor: Tensor) -> Iterator[tuple[Signature, Tensor]]:
    """One term for each choice of a part of the concatenation of each axis."""
    axes, tensor = spec.axes[name], spec.view(name, tensor)
    starts = []
    for axis in axes:
        sizes = [axis_size((part,)) for part in axis]
        starts.append([sum(sizes[:i]) for i in range(len(sizes))])
    for choice in product(*(range(len(axis)) for axis in axes)):
        piece, atoms = tensor, list[Atom]()
        for dim, part in enumerate(choice):
            piece = piece.narrow(dim, starts[dim][part], axis_size((axes[dim][part],)))
            atoms += axes[dim][part]
        piece = piece.reshape([atom.size for atom in atoms])
        moving = [i for i, atom in enumerate(atoms) if atom.name is not None]
        moving.sort(key=lambda i: str(atoms[i].name))
        frozen = [i for i, atom in enumerate(atoms) if atom.name is None]
        shape = [atoms[i].size for i in moving] + [math.prod(atoms[i].size for i in frozen)]
        yield (
            tuple(str(atoms[i].name) for i in moving),
            piece.permute(moving + frozen).reshape(shape),
        )
