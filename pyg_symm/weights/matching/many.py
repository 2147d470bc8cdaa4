"""Matching and merging of more than two networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..connectivity.interpolate import average
from ..permutations import Permutation, compose, inverse
from ..spec import PermutationSpec
from .checks import check_models
from .descent import Descent, split_units
from .frank_wolfe import relaxed_start
from .objective import Objective
from .terms import Terms, terms_of_all


@dataclass
class ManyMatch:
    r"""Permutations of several networks to common units, those of the first network.

    Args:
        permutations (list of dict): The permutation of each network, that of the first one being
            the identity.
        objective (float): The sum of the inner products of all pairs of permuted networks.
        history (list of float): The objective of permutations, before the first step and after each
            accepted one.
    """

    permutations: list[Permutation] = field(repr=False)
    objective: float
    history: list[float] = field(repr=False)

    def between(self, first: int, second: int) -> Permutation:
        r"""The permutation of one network that aligns it with another one.

        Around any circle of networks these are the identity, when composed.

        Args:
            first (int): The network that stays.
            second (int): The network that is permuted.
        """
        return compose(self.permutations[second], inverse(self.permutations[first]))


def match_many(
    spec: PermutationSpec,
    models: Sequence[Mapping[str, Any]],
    *,
    seed: int = 0,
    max_steps: int = 100,
) -> ManyMatch:
    r"""Cycle-consistent matching from `"C2M3: Cycle-Consistent Multi-Model Merging"
    <https://arxiv.org/abs/2405.17897>`_.

    .. math::
        \max_{\pi_1, \ldots, \pi_m} \sum_{p < q} \langle \pi_p(\theta_p), \pi_q(\theta_q) \rangle

    Each network has one permutation to common units, so that those between pairs agree around any
    circle. There are two starts. One is the rounded end of Frank-Wolfe steps for all networks and
    classes at once, the other one matches each network to the mean of those before it. From both,
    one network after another is matched to the mean of all others, until none improves; the better
    result counts.

    Args:
        spec (PermutationSpec): The classes of units of all networks.
        models (sequence of dict): State dicts of at least two networks.
        seed (int, optional): Of the orders of networks and classes. (default: :obj:`0`)
        max_steps (int, optional): The largest number of Frank-Wolfe steps. :obj:`0` leaves this
            start out. (default: :obj:`100`)

    Returns:
        ManyMatch: The permutations.

    Raises:
        ValueError: If there are fewer than two networks, or a tensor does not fit. The message
            names it.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> generator = torch.Generator().manual_seed(0)
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> first, spec = torch.nn.Sequential(*layers).state_dict(), mlp_spec([4, 8, 2])
        >>> models = [first, *(spec.apply(first, spec.random(generator)) for _ in range(3))]
        >>> match = match_many(spec, models)
        >>> third = spec.apply(models[3], match.permutations[3])
        >>> all(torch.equal(first[name], tensor) for name, tensor in third.items())
        True
    """
    terms = _checked_terms(spec, models)
    generator = torch.Generator().manual_seed(seed)
    found = [_aligned(spec, terms, _chain_start(spec, terms), generator)]
    if max_steps > 0:
        units = split_units(spec, Objective(terms[0], terms[1]))
        members = [(unit.names, unit.group) for unit in units]
        rounded, _ = relaxed_start(terms, members, max_steps)
        found.append(_aligned(spec, terms, [spec.identity(), *rounded], generator))
    permutations, history = max(found, key=lambda pair: pair[1][-1])
    back = inverse(permutations[0])
    return ManyMatch([compose(p, back) for p in permutations], history[-1], history)


def merge_many(
    spec: PermutationSpec, models: Sequence[Mapping[str, Any]], *, seed: int = 0
) -> tuple[dict[str, Tensor], ManyMatch]:
    r"""The algorithm MergeMany from `"Git Re-Basin: Merging Models modulo Permutation Symmetries"
    <https://arxiv.org/abs/2209.04836>`_.

    From the networks as they are, one after another is matched to the mean of all others, in a new
    random order for each round, until none improves. This is one start of what :func:`match_many`
    maximizes.

    Args:
        spec (PermutationSpec): The classes of units of all networks.
        models (sequence of dict): State dicts of at least two networks.
        seed (int, optional): Of the orders of networks and classes. (default: :obj:`0`)

    Returns:
        tuple: The mean of all networks in the units of the first one, and the :class:`ManyMatch`.

    Raises:
        ValueError: If there are fewer than two networks, or a tensor does not fit. The message
            names it.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> layers = torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)
        >>> first, spec = torch.nn.Sequential(*layers).state_dict(), mlp_spec([4, 8, 2])
        >>> merged, _ = merge_many(spec, [first, spec.apply(first, spec.random()), first])
        >>> all(torch.allclose(first[name], tensor) for name, tensor in merged.items())
        True
    """
    terms = _checked_terms(spec, models)
    generator = torch.Generator().manual_seed(seed)
    start = [spec.identity() for _ in models]
    permutations, history = _aligned(spec, terms, start, generator)
    back = inverse(permutations[0])
    match = ManyMatch([compose(p, back) for p in permutations], history[-1], history)
    moved = [spec.apply(model, p) for model, p in zip(models, match.permutations, strict=True)]
    return average(moved), match


def _checked_terms(spec: PermutationSpec, models: Sequence[Mapping[str, Any]]) -> list[Terms]:
    if len(models) < 2:
        raise ValueError(f"'models' must hold at least two networks (got {len(models)})")
    check_models(spec, {f"models[{i}]": model for i, model in enumerate(models)})
    return terms_of_all(spec, models)


def _chain_start(spec: PermutationSpec, models: Sequence[Terms]) -> list[Permutation]:
    """Each network matched to the sum of those before it, by one pass over the classes."""
    out, total = [spec.identity()], models[0]
    for terms in models[1:]:
        out.append(Descent(spec, Objective(total, terms)).forward_start(spec.identity()))
        total = _plus(total, _moved(terms, out[-1]), 1)
    return out


def _aligned(
    spec: PermutationSpec,
    models: Sequence[Terms],
    start: Sequence[Permutation],
    generator: torch.Generator,
) -> tuple[list[Permutation], list[float]]:
    """One network after another matched to the sum of the others, until none improves."""
    at = list(start)
    moved = [_moved(terms, p) for terms, p in zip(models, at, strict=True)]
    total = moved[0]
    for terms in moved[1:]:
        total = _plus(total, terms, 1)
    history = [_pairs(total, moved)]
    dirty = set(range(len(models)))
    while dirty:
        for i in torch.randperm(len(models), generator=generator).tolist():
            if i not in dirty:
                continue
            dirty.discard(i)
            others = _plus(total, moved[i], -1)
            new, values = Descent(spec, Objective(others, models[i])).run(at[i], generator)
            if len(values) > 1:
                at[i], moved[i] = new, _moved(models[i], new)
                total = _plus(others, moved[i], 1)
                history += [history[-1] + value - values[0] for value in values[1:]]
                dirty = set(range(len(models))) - {i}
    return at, history


def _moved(terms: Terms, permutation: Permutation) -> Terms:
    out = {}
    for signature, term in terms.items():
        for dim, name in enumerate(signature):
            term = term.index_select(dim, permutation[name].to(term.device))
        out[signature] = term
    return out


def _plus(a: Terms, b: Terms, sign: int) -> Terms:
    return {signature: a[signature] + sign * b[signature] for signature in a}


def _pairs(total: Terms, moved: Sequence[Terms]) -> float:
    """The sum of the inner products of all pairs, from that of the sum with itself."""
    squares = [sum(float(t.double().square().sum()) for t in m.values()) for m in [total, *moved]]
    return (squares[0] - sum(squares[1:])) / 2
