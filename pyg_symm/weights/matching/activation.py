"""Matching by what the units of two networks do on the same inputs."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from pyg_symm.utils import check_choice

from ..connectivity.forwards import Forward, call_model
from ..connectivity.states import check_fits, copy_of
from ..permutations import Permutation
from ..spec import PermutationSpec
from .assignment import assign_units
from .checks import check_models
from .descent import Descent
from .objective import Objective
from .result import Match
from .sites import find_sites
from .terms import terms_of_all

SIMILARITIES = ("product", "correlation")


def activation_matching(
    spec: PermutationSpec,
    model: nn.Module,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    batches: Iterable[Any],
    *,
    forward: Forward | None = None,
    similarity: str = "product",
    seed: int = 0,
) -> Match:
    r"""Activation matching from `"Git Re-Basin: Merging Models modulo Permutation Symmetries"
    <https://arxiv.org/abs/2209.04836>`_.

    .. math::
        \max_p \sum_i M_{i, p_i}, \quad M = \mathbb{E} \left[ z^A (z^B)^\top \right]

    Each class is one linear assignment, for the activations :math:`z` of its units in both networks
    on the same inputs. They are seen where they enter a layer, after the activation function, and
    summed over all places of the class, such as the blocks of a residual stream. For graphs, nodes
    are samples. Classes that are never seen, such as queries inside of an attention layer, are
    matched by weights, given the others; so are all classes of a group of heads if one is not seen.

    Args:
        spec (PermutationSpec): The classes of units of both networks.
        model (torch.nn.Module): A network of their architecture, which stays as it is.
        a (dict): State dict of the network that stays.
        b (dict): State dict of the network that is permuted.
        batches (Iterable): Inputs; see :func:`~pyg_symm.weights.connectivity.call_model` for what
            they may be.
        forward (Callable, optional): How to call a model on a batch, ``forward(model, batch)``.
        similarity (str, optional): ``"product"``, or ``"correlation"`` over samples, where units
            that are constant have none. (default: ``"product"``)
        seed (int, optional): Of the order of classes that are matched by weights.
            (default: :obj:`0`)

    Returns:
        Match: Its ``history`` holds the similarity of all units that are seen, before and after.

    Raises:
        ValueError: If a state dict does not fit, there is no batch, or activations are not finite.

    Examples:
        >>> from pyg_symm.weights import mlp_spec
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> a, spec = model.state_dict(), mlp_spec([4, 8, 2])
        >>> b = spec.apply(a, spec.random(torch.Generator().manual_seed(0)))
        >>> match = activation_matching(spec, model, a, b, [torch.randn(100, 4)])
        >>> all(torch.equal(a[name], t) for name, t in spec.apply(b, match.permutation).items())
        True
    """
    check_choice("similarity", similarity, SIMILARITIES)
    check_models(spec, {"a": a, "b": b})
    check_fits(model, a, "a")
    moments = _watch(spec, [copy_of(model, a), copy_of(model, b)], batches, forward or call_model)
    matrices: dict[str, Tensor] = {}
    for (name, _), moment in moments.items():
        part = moment.similarity(centered=similarity == "correlation")
        if not bool(part.isfinite().all()):
            raise ValueError(f"activations of class '{name}' hold NaN or infinite numbers")
        matrices[name] = matrices[name] + part if name in matrices else part
    descent = Descent(spec, Objective(*terms_of_all(spec, (a, b))))
    at, unseen = spec.identity(), set[str]()
    for unit in descent.units:
        if matrices.keys() >= {*unit.names}:
            at |= assign_units({name: matrices[name] for name in unit.names}, unit.group)
        else:
            unseen |= {*unit.names}
    history = [_similarity(matrices, p, unseen) for p in (spec.identity(), at)]
    if unseen:
        at, _ = descent.run(at, torch.Generator().manual_seed(seed), only=unseen)
    return Match(at, descent.objective.value(at), history)


class _Moments:
    """First and second moments of two sets of units, over samples."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: list[Tensor] = []

    def add(self, x: Tensor, y: Tensor) -> None:
        new = [x.t() @ y, x.sum(0), y.sum(0), x.square().sum(0), y.square().sum(0)]
        self.sums = [s + n for s, n in zip(self.sums, new, strict=True)] if self.sums else new
        self.count += len(x)

    def similarity(self, centered: bool) -> Tensor:
        product, x, y, xx, yy = (part / self.count for part in self.sums)
        if not centered:
            return product
        scales = []
        for mean, square in ((x, xx), (y, yy)):
            variance = square - mean.square()  # Round-off of constant units is no variance.
            scales.append(torch.where(variance > 1e-12 * square, variance, torch.inf).rsqrt())
        return (product - torch.outer(x, y)) * torch.outer(*scales)


def _watch(
    spec: PermutationSpec, models: list[nn.Module], batches: Iterable[Any], forward: Forward
) -> dict[tuple[str, int], _Moments]:
    """Moments of each class at each site."""
    watched = [find_sites(spec, model) for model in models]
    for model, sites in zip(models, watched, strict=True):
        for site in sites:
            site.watch(model.get_submodule(site.module))
    moments: dict[tuple[str, int], _Moments] = {}
    count = 0
    for batch in batches:
        count += 1
        with torch.no_grad():
            for model in models:
                forward(model, batch)
        for number, (first, second) in enumerate(zip(*watched, strict=True)):
            for x, y in zip(first.seen, second.seen, strict=True):
                pairs = zip(first.samples(x), second.samples(y), strict=True)
                for (name, units), (_, others) in pairs:
                    moments.setdefault((name, number), _Moments()).add(units, others)
            first.seen.clear()
            second.seen.clear()
    if count == 0:
        raise ValueError("'batches' must not be empty")
    return moments


def _similarity(matrices: Mapping[str, Tensor], at: Permutation, unseen: set[str]) -> float:
    """The sum of similarities of matched units."""
    total = 0.0
    for name, matrix in matrices.items():
        if name not in unseen:
            index = at[name].to(matrix.device)[:, None]
            total += float(matrix.gather(1, index).sum())
    return total
