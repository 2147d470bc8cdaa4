r"""Coordinate descent over permutations: one class, or one group of heads, at a time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..heads import HeadGroup
from ..permutations import Permutation
from ..spec import PermutationSpec
from .assignment import assign_units, gain, is_mutual
from .objective import Objective
from .quadratic import improve_quadratic

# Relative to the weights that an assignment picks. The matrices are products in this precision.
_TOLERANCE = {torch.float: 1e-7, torch.double: 1e-12}


@dataclass(frozen=True)
class Unit:
    r"""Classes that are solved together: one class, or those of a group of heads.

    Args:
        names (tuple of str): The classes.
        group (HeadGroup, optional): Their heads.
        neighbors (frozenset of int): The units whose matrices depend on this one's permutation.
        is_quadratic (bool): Whether a tensor has two axes of these classes.
    """

    names: tuple[str, ...]
    group: HeadGroup | None
    neighbors: frozenset[int]
    is_quadratic: bool


def split_units(spec: PermutationSpec, objective: Objective) -> list[Unit]:
    r"""The units of a specification, in the order of the names of their classes."""
    parts: list[tuple[tuple[str, ...], HeadGroup | None]]
    parts = [((name,), None) for name in spec.classes if spec.group_of(name) is None]
    parts += [(tuple(sorted(group.classes)), group) for group in spec.groups]
    parts.sort(key=lambda part: part[0])
    home = {name: i for i, (names, _) in enumerate(parts) for name in names}
    units = []
    for i, (names, group) in enumerate(parts):
        signatures = objective.signatures_of(names)
        if not signatures:
            raise ValueError(f"classes {list(names)} are on no tensors of floating point numbers")
        near = {home[name] for signature in signatures for name in signature} - {i}
        twice = any(sum(name in names for name in s) > 1 for s in signatures)
        units.append(Unit(names, group, frozenset(near), twice))
    return units


class Descent:
    r"""Maximizes an :class:`~pyg_symm.weights.matching.objective.Objective`.

    Each step solves one unit with the others as they are, and is accepted only if the objective
    grows. A unit is solved again only after one of its neighbors has changed.

    Args:
        spec (PermutationSpec): The classes.
        objective (Objective): What is maximized.
    """

    def __init__(self, spec: PermutationSpec, objective: Objective) -> None:
        self.objective = objective
        self.units = split_units(spec, objective)
        kinds = [term.dtype for term in objective.a.values()]
        self.tolerance = max((_TOLERANCE[kind] for kind in kinds), default=0.0)

    def forward_start(self, start: Mapping[str, Tensor]) -> Permutation:
        r"""A permutation from one pass over the units, each solved for what is known by then.

        The first unit is the one of which frozen axes say most, such as the first hidden layer by
        its weights for the input. Next is always the unit of whose weights most have other axes of
        known permutations. A unit without any stays as it starts.

        Args:
            start (dict): The permutation to start from.
        """
        out, known, left = dict(start), set[str](), list(self.units)
        while left:
            unit = max(left, key=lambda u: self._share(u, known))  # The first of equals.
            left.remove(unit)
            if self._share(unit, known) > 0:
                out |= assign_units(self._matrices(unit, out, known), unit.group)
            known |= set(unit.names)
        return out

    def run(
        self,
        start: Mapping[str, Tensor],
        generator: torch.Generator,
        *,
        value: float | None = None,
        only: Collection[str] | None = None,
        max_sweeps: int = 100,
    ) -> tuple[Permutation, list[float]]:
        r"""Descends until no unit can be improved.

        Args:
            start (dict): The permutation to start from.
            generator (torch.Generator): Draws the order of the units in each sweep.
            value (float, optional): The objective there. (default: it is computed)
            only (collection of str, optional): Solves only units with these classes.
            max_sweeps (int, optional): Stops after that many sweeps. (default: 100)

        Returns:
            tuple: The permutation, and the objective at the start and after each accepted step.
        """
        at = dict(start)
        history = [self.objective.value(at) if value is None else value]
        free = {
            i for i, u in enumerate(self.units) if only is None or not {*only}.isdisjoint(u.names)
        }
        dirty = set(free)
        for _ in range(max_sweeps):
            for i in torch.randperm(len(self.units), generator=generator).tolist():
                if i not in dirty:
                    continue
                dirty.discard(i)
                unit = self.units[i]
                new, gained = self._improved(unit, at)
                if gained > 0:
                    at |= new
                    history.append(history[-1] + gained)
                    dirty |= free & (unit.neighbors | ({i} if unit.is_quadratic else set()))
            if not dirty:
                break
        return at, history

    def is_certain(self, permutation: Mapping[str, Tensor]) -> bool:
        r"""Whether all units of all classes and their partners prefer each other."""
        return all(is_mutual(self._matrices(u, permutation), permutation) for u in self.units)

    def _improved(self, unit: Unit, at: Permutation) -> tuple[Permutation, float]:
        """New permutations of a unit, and what the objective gains; zero if none is better."""
        matrices = self._matrices(unit, at)
        for name, matrix in matrices.items():  # Of equal assignments, the present one.
            rows = torch.arange(len(matrix), device=matrix.device)
            matrix[rows, at[name].to(matrix.device)] += 1e-13 * matrix.abs().max()
        new = assign_units(matrices, unit.group)
        gained, scale = gain(matrices, new, at)
        if gained <= self.tolerance * scale:
            return new, 0.0
        if unit.is_quadratic:
            new = improve_quadratic(self.objective, unit.names, unit.group, at)
        before, after = (self.objective.value(p, unit.names) for p in (at, at | new))
        return new, after - before

    def _matrices(
        self, unit: Unit, at: Mapping[str, Tensor], known: Collection[str] | None = None
    ) -> dict[str, Tensor]:
        return {name: self.objective.matrix(name, at, known) for name in unit.names}

    def _share(self, unit: Unit, known: Collection[str]) -> float:
        """The share of a unit's weights whose other axes have known permutations."""
        seen, total = 0, 0
        for signature in self.objective.signatures_of(unit.names):
            numel = self.objective.a[signature].numel()
            total += numel
            others = [n for n in signature if n not in unit.names]
            if len(others) == len(signature) - 1 and set(others) <= set(known):
                seen += numel
        return seen / total
