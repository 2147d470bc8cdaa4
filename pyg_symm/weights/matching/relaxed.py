r"""Matching with doubly stochastic matrices instead of permutations, by Frank-Wolfe steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..permutations import Permutation
from .assignment import Members, assign_units
from .terms import Terms

Maps = dict[str, Tensor]


@dataclass
class Relaxation:
    r"""Networks whose units are mapped to those of a common one by doubly stochastic matrices.

    .. math::
        J(P) = \sum_{q < r} \langle P^{(q)} \theta_q,\, P^{(r)} \theta_r \rangle

    Along a segment, :math:`J` is a polynomial whose degree is twice the largest number of classes
    of a tensor. The line search takes it from as many values, and its maximum is exact.

    Args:
        models (sequence of dict): Terms of each network, as of
            :func:`~pyg_symm.weights.matching.terms.tensor_terms`.
        units (sequence of tuple): Classes that are solved together, and their heads.
        fixed (int, optional): How many networks, the first ones, keep their units.
            (default: :obj:`1`)
    """

    models: Sequence[Terms]
    units: Sequence[Members]
    fixed: int = 1

    def value(self, maps: Sequence[Maps]) -> float:
        r"""The objective for matrices of each network that moves."""
        mapped = self._mapped(maps)
        return sum(_inner(_sum(mapped[:i]), term) for i, term in enumerate(mapped) if i)

    def gradients(self, maps: Sequence[Maps]) -> list[Maps]:
        r"""The derivative with respect to each matrix."""
        mapped = self._mapped(maps)
        total = _sum(mapped)
        out = []
        for q, own in enumerate(maps, self.fixed):
            others = {s: total[s] - mapped[q][s] for s in total}
            out.append({name: _gradient(others, self.models[q], name, own) for name in own})
        return out

    def vertices(self, weights: Sequence[Maps]) -> list[Permutation]:
        r"""The legal permutations that have the largest inner products with matrices."""
        return [
            {
                name: p
                for names, group in self.units
                for name, p in assign_units({n: own[n] for n in names}, group).items()
            }
            for own in weights
        ]

    def climb(
        self, maps: Sequence[Maps], steps: int, tolerance: float
    ) -> tuple[list[Maps], list[float], list[list[Permutation]]]:
        r"""Frank-Wolfe steps until one gains less than a tolerance, relative to the objective.

        Returns:
            tuple: The matrices, the objective at the start and after each step, and the vertices
            that were stepped towards.
        """
        at, history, seen = list(maps), [self.value(maps)], []
        for _ in range(steps):
            gradients = self.gradients(at)
            ends = self.vertices(gradients)
            seen.append(ends)
            far = [as_matrices(p, like=own) for p, own in zip(ends, at, strict=True)]
            slope = sum(
                float((g[n] * (f[n].double() - own[n].double())).sum())
                for g, f, own in zip(gradients, far, at, strict=True)
                for n in own
            )
            if slope <= tolerance * abs(history[-1]):
                break
            share, best = self._line_search(at, far, history[-1])
            at = _between(at, far, share)
            history.append(best)
            if best - history[-2] <= tolerance * abs(best):
                break
        return at, history, seen

    def _line_search(
        self, start: Sequence[Maps], end: Sequence[Maps], value: float
    ) -> tuple[float, float]:
        """The place on a segment with the largest objective, and the objective there."""
        most = max((len(signature) for signature in self.models[0]), default=0)
        degree = most * (1 if self.fixed == len(self.models) - 1 else 2)
        nodes = np.linspace(0, 1, degree + 1)
        inner = [self.value(_between(start, end, float(x))) for x in nodes[1:]]
        poly = np.polynomial.Polynomial.fit(nodes, [value, *inner], degree)
        roots = [complex(x) for x in poly.deriv().roots()]
        places = [x.real for x in roots if abs(x.imag) < 1e-9 and 0 < x.real < 1]
        _, share = max((float(np.real(poly(x))), x) for x in [0.0, *places, 1.0])
        best = self.value(_between(start, end, share))
        return (share, best) if best > value else (0.0, value)

    def _mapped(self, maps: Sequence[Maps]) -> list[Terms]:
        moved = zip(self.models[self.fixed :], maps, strict=True)
        return [*self.models[: self.fixed], *(_mapped_terms(terms, own) for terms, own in moved)]


def centers(terms: Terms) -> Maps:
    r"""The mean of all permutation matrices of each class."""
    return {
        name: term.new_full((size, size), 1 / size)
        for signature, term in terms.items()
        for name, size in zip(signature, term.shape, strict=False)
    }


def as_matrices(permutation: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> Maps:
    r"""Permutation matrices, of the type and on the device of others."""
    return {
        name: torch.eye(len(p), dtype=like[name].dtype)[p.cpu()].to(like[name].device)
        for name, p in permutation.items()
    }


def _between(start: Sequence[Maps], end: Sequence[Maps], share: float) -> list[Maps]:
    return [
        {name: torch.lerp(a[name], b[name], share) for name in a}
        for a, b in zip(start, end, strict=True)
    ]


def _mapped_terms(terms: Terms, maps: Mapping[str, Tensor]) -> Terms:
    return {s: _map(term, s, maps, skip=None) for s, term in terms.items()}


def _map(
    term: Tensor, signature: Sequence[str], maps: Mapping[str, Tensor], skip: int | None
) -> Tensor:
    """A term with each of its classes mapped, but for one dimension."""
    for dim, name in enumerate(signature):
        if dim != skip and name in maps:
            term = torch.tensordot(maps[name], term, dims=([1], [dim])).movedim(0, dim)
    return term


def _gradient(a: Terms, b: Terms, name: str, maps: Mapping[str, Tensor]) -> Tensor:
    size = len(maps[name])
    total = torch.zeros(size, size, dtype=torch.double, device=maps[name].device)
    for signature, term in a.items():
        for dim in (d for d, n in enumerate(signature) if n == name):
            other = _map(b[signature], signature, maps, skip=dim)
            rest = [d for d in range(term.dim()) if d != dim]
            total += torch.tensordot(term, other, dims=(rest, rest)).double()
    return total


def _inner(a: Terms, b: Terms) -> float:
    return sum(float((a[s].double() * b[s].double()).sum()) for s in a)


def _sum(models: Sequence[Terms]) -> Terms:
    return {s: torch.stack([terms[s] for terms in models]).sum(0) for s in models[0]}
