r"""The inner product of one network with a permuted other one, and its parts that are linear."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..permutations import Permutation
from .terms import Signature, Terms


@dataclass
class _Kept:
    """A part of a matrix, and the permutations of the other classes that it was computed for."""

    others: Permutation
    matrix: Tensor


@dataclass
class Objective:
    r"""The similarity of two networks, for a permutation of the second.

    .. math::
        J(\pi) = \sum_k \langle A_k, \pi(B)_k \rangle

    Since :math:`\lVert \pi(B) \rVert = \lVert B \rVert`, the largest :math:`J` has the smallest
    distance :math:`\lVert A - \pi(B) \rVert^2 = \lVert A \rVert^2 + \lVert B \rVert^2 - 2 J`.

    Args:
        a (dict): Terms of the first network, as of
            :func:`~pyg_symm.weights.matching.terms.tensor_terms`.
        b (dict): Terms of the second one, of the same shapes.
    """

    a: Terms
    b: Terms
    kept: dict[tuple[Signature, int], _Kept] = field(default_factory=dict, init=False, repr=False)

    def signatures_of(self, names: Collection[str]) -> list[Signature]:
        r"""The terms in which at least one of the classes occurs."""
        return [s for s in self.a if not set(names).isdisjoint(s)]

    def value(
        self, permutation: Mapping[str, Tensor], names: Collection[str] | None = None
    ) -> float:
        r"""The objective, in double precision.

        Args:
            permutation (dict): The permutation of the second network.
            names (collection of str, optional): Counts only the terms of these classes.
                (default: all terms)
        """
        total = 0.0
        for signature in self.a if names is None else self.signatures_of(names):
            b = self.b[signature]
            for dim, name in enumerate(signature):
                b = b.index_select(dim, permutation[name].to(b.device))
            total += float((self.a[signature].double() * b.double()).sum())
        return total

    def matrix(
        self,
        name: str,
        permutation: Mapping[str, Tensor],
        known: Collection[str] | None = None,
    ) -> Tensor:
        r"""The gradient of the objective with respect to the permutation matrix of one class.

        .. math::
            M_{ij} = \sum_{k, d} \langle A_k[d = i],\, \pi_{-d}(B)_k[d = j] \rangle

        over all axes :math:`d` of the class. Where it is on one axis of each term at most,
        :math:`\sum_i M_{i, p_i}` is its share of the objective. Terms whose other classes did not
        change since they were last needed are not computed again, and only the difference is
        computed where few units changed.

        Args:
            name (str): The class.
            permutation (dict): The permutations of all classes.
            known (collection of str, optional): Leaves out the terms with other classes than these
                on their other axes. (default: all terms count)

        Returns:
            torch.Tensor: :math:`(n, n)`, in double precision.
        """
        total: Tensor | None = None
        for signature in self.signatures_of([name]):
            for dim in (d for d, other in enumerate(signature) if other == name):
                others = signature[:dim] + signature[dim + 1 :]
                if known is None or {*others} <= {*known}:
                    part = self._part(signature, dim, permutation)
                    total = part.clone() if total is None else total.add_(part)
        if total is None:
            size = len(permutation[name])
            some = self.a[self.signatures_of([name])[0]]
            return some.new_zeros(size, size, dtype=torch.double)
        return total

    def center_value(self) -> float:
        r"""The objective for matrices of equal entries, the mean of all permutations."""
        return sum(
            float((_totals(a, None) * _totals(self.b[s], None)).sum()) / math.prod(a.shape[:-1])
            for s, a in self.a.items()
        )

    def center_matrix(self, name: str) -> Tensor:
        r"""The gradient for matrices of equal entries, as :meth:`matrix` is for permutations."""
        parts = [
            _totals(self.a[s], dim)
            @ _totals(self.b[s], dim).t()
            * n
            / math.prod(self.a[s].shape[:-1])
            for s in self.signatures_of([name])
            for dim, (other, n) in enumerate(zip(s, self.a[s].shape, strict=False))
            if other == name
        ]
        return torch.stack(parts).sum(0)

    def _part(self, signature: Signature, dim: int, permutation: Mapping[str, Tensor]) -> Tensor:
        others = {d: n for d, n in enumerate(signature) if d != dim}
        kept = self.kept.get((signature, dim))
        if kept is not None:
            moved = {
                d: changed
                for d, n in others.items()
                if len(changed := (kept.others[n] != permutation[n]).nonzero().view(-1))
            }
            if not moved:
                return kept.matrix
            if len(moved) == len(others) == 1:
                ((d, changed),) = moved.items()
                if 2 * len(changed) < self.a[signature].size(d):
                    n = others[d]
                    kept.matrix += self._difference(
                        signature, dim, d, changed, kept.others[n], permutation[n]
                    )
                    kept.others = {n: permutation[n]}
                    return kept.matrix
        b = self.b[signature]
        for d, n in others.items():
            b = b.index_select(d, permutation[n].to(b.device))
        matrix = _unfolded_product(self.a[signature], b, dim)
        self.kept[signature, dim] = _Kept({n: permutation[n] for n in others.values()}, matrix)
        return matrix

    def _difference(
        self, signature: Signature, dim: int, d: int, changed: Tensor, old: Tensor, new: Tensor
    ) -> Tensor:
        """What a part gains where some units of its other class have new partners."""
        a, b = self.a[signature], self.b[signature]
        gained = b.index_select(d, new[changed].to(b.device))
        lost = b.index_select(d, old[changed].to(b.device))
        return _unfolded_product(a.index_select(d, changed.to(a.device)), gained - lost, dim)


def _totals(term: Tensor, dim: int | None) -> Tensor:
    """A term summed over all dimensions of classes but one."""
    rest = [d for d in range(term.dim() - 1) if d != dim]
    return term.double().sum(rest) if rest else term.double()


def _unfolded_product(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """Inner products of all slices along a dimension, summed up in double precision."""
    rest = [d for d in range(a.dim()) if d != dim]
    return torch.tensordot(a, b, dims=(rest, rest)).double()
