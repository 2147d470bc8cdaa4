"""Matching by the loss halfway between two networks, with straight-through gradients."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..connectivity.calibrate import has_statistics
from ..connectivity.interpolate import wide_of
from ..connectivity.states import check_fits, copy_of, is_continuous
from ..permutations import Permutation
from ..spec import PermutationSpec
from .checks import check_models, check_start
from .descent import Descent
from .objective import Objective
from .result import Match
from .terms import tensor_terms, terms_of_all
from .weight import best_of_starts

# From a function that calls the network, and a batch, to a loss without dimensions.
Loss = Callable[[Callable[..., Any], Any], Tensor]


def straight_through_matching(
    spec: PermutationSpec,
    model: nn.Module,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    batches: Iterable[Any],
    loss: Loss,
    *,
    calibration: Iterable[Any] | None = None,
    epochs: int = 10,
    lr: float = 1e-3,
    init: Mapping[str, Tensor] | None = None,
    seed: int = 0,
) -> Match:
    r"""Straight-through matching from `"Git Re-Basin: Merging Models modulo Permutation Symmetries"
    <https://arxiv.org/abs/2209.04836>`_.

    Latent weights :math:`\tilde\theta` start at :math:`\theta_A`. For each batch they are matched
    to the second network by weights, starting from the last permutation,

    .. math::
        \pi = \arg\max_\pi \langle \tilde\theta, \pi(\theta_B) \rangle, \quad
        \tilde\theta \leftarrow \tilde\theta - \eta \, \nabla
        L\left(\tfrac{1}{2} \theta_A + \tfrac{1}{2} \pi(\theta_B) \right),

    where the gradient goes through the matching as if :math:`\pi(\theta_B)` were
    :math:`\tilde\theta`. After each epoch, the loss of the middle is measured on a fixed set of
    batches. The permutation with the smallest one is returned; that of weight matching is the first
    candidate. Norms with running statistics use those of the batch, and dropout is off.

    Args:
        spec (PermutationSpec): The classes of units of both networks.
        model (torch.nn.Module): A network of their architecture, which stays as it is.
        a (dict): State dict of the network that stays.
        b (dict): State dict of the network that is permuted.
        batches (Iterable): Training batches, such as a loader. Each epoch reads them once.
        loss (Callable): The loss from a function that calls the network and a batch, such as
            ``lambda net, batch: cross_entropy(net(batch.x, batch.edge_index), batch.y)``.
        calibration (Iterable, optional): The batches that permutations are chosen by.
            (default: ``batches``, as read at first)
        epochs (int, optional): How often the batches are read. (default: :obj:`10`)
        lr (float, optional): Learning rate :math:`\eta` of Adam. Matches change only if it moves
            weights by as much as units differ. (default: :obj:`0.001`)
        init (dict, optional): A permutation to start from. (default: that of weight matching)
        seed (int, optional): Of the order in which classes are solved. (default: :obj:`0`)

    Returns:
        Match: Its ``history`` is the loss of the middle on the calibration batches at the start and
        after each epoch. The returned permutation has the smallest one.

    Raises:
        ValueError: If a state dict does not fit, there is no batch, or a loss is not finite.

    Examples:
        >>> from torch.nn.functional import mse_loss
        >>> from pyg_symm.weights import mlp_spec
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> a, spec = model.state_dict(), mlp_spec([4, 8, 2])
        >>> b, x = spec.apply(a, spec.random()), torch.randn(100, 4)
        >>> y = model(x).detach()
        >>> match = straight_through_matching(
        ...     spec, model, a, b, [(x, y)], lambda net, batch: mse_loss(net(batch[0]), batch[1])
        ... )
        >>> min(match.history) < 1e-10
        True
    """
    if epochs < 0:
        raise ValueError(f"'epochs' must be at least 0 (got {epochs})")
    if not lr > 0:
        raise ValueError(f"'lr' must be positive (got {lr})")
    check_models(spec, {"a": a, "b": b})
    check_fits(model, a, "a")
    if iter(batches) is batches and epochs > 1:
        raise ValueError("'batches' must be read again for each epoch (got an iterator)")
    kept = list(batches if calibration is None else calibration)
    if not kept:
        raise ValueError("'batches' must not be empty")

    objective = Objective(*terms_of_all(spec, (a, b)))
    start = check_start(spec, init)
    at = best_of_starts(spec, objective, seed, 4).permutation if start is None else start
    middle = _Middle(spec, model, a, b)
    best, history = at, [middle.calibrate(at, kept, loss)]
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(middle.latent.values(), lr=lr)
    for _ in range(epochs):
        for batch in batches:
            at = _rematched(spec, middle, objective, at, generator)
            optimizer.zero_grad()
            loss(middle.network(at), batch).backward()
            optimizer.step()
        at = _rematched(spec, middle, objective, at, generator)
        history.append(middle.calibrate(at, kept, loss))
        if history[-1] < min(history[:-1]):
            best = at
    return Match(best, objective.value(best), history)


class _Middle:
    """The network halfway between two others, whose gradients go to latent weights."""

    def __init__(
        self, spec: PermutationSpec, model: nn.Module, a: Mapping[str, Any], b: Mapping[str, Any]
    ) -> None:
        self.spec = spec
        self.model = copy_of(model).float() if _is_half(model) else copy_of(model)
        for layer in self.model.modules():
            if has_statistics(layer):
                layer.train()
        self.a, self.b = (
            {n: wide_of(t) if is_continuous(t) else t for n, t in state.items()} for state in (a, b)
        )
        parameters = dict(self.model.named_parameters())  # Tied ones by their first name.
        self.names = [*parameters, *dict(self.model.named_buffers())]
        trained = [n for n, p in parameters.items() if p.requires_grad]
        self.latent = {n: self.a[n].clone().requires_grad_() for n in trained}

    def network(self, permutation: Permutation) -> Callable[..., Any]:
        """A function that calls it."""
        moved = self.spec.apply(self.b, permutation)
        tensors = {}
        for name in (name for name in self.names if name in self.a):
            value = self.a[name]
            if is_continuous(value):
                value = (value + moved[name].to(value)) / 2
                if name in self.latent:
                    latent = self.latent[name]
                    value = value + (latent - latent.detach()) / 2
            else:
                value = value.clone()  # Norms count their batches in it.
            tensors[name] = value
        return lambda *args, **kwargs: functional_call(self.model, tensors, args, kwargs)

    @torch.no_grad()
    def calibrate(self, permutation: Permutation, batches: list[Any], loss: Loss) -> float:
        """The mean loss over batches."""
        values = [float(loss(self.network(permutation), batch)) for batch in batches]
        mean = sum(values) / len(values)
        if mean != mean or abs(mean) == float("inf"):
            raise ValueError(f"'loss' must be finite (got {mean} halfway between 'a' and 'b')")
        return mean


def _is_half(model: nn.Module) -> bool:
    return any(p.dtype in (torch.half, torch.bfloat16) for p in model.parameters())


def _rematched(
    spec: PermutationSpec,
    middle: _Middle,
    objective: Objective,
    at: Permutation,
    generator: torch.Generator,
) -> Permutation:
    """The second network matched to the latent weights, from the last permutation on."""
    terms = tensor_terms(spec, {**middle.a, **middle.latent})
    latent = {signature: term.to(objective.b[signature]) for signature, term in terms.items()}
    return Descent(spec, Objective(latent, objective.b)).run(at, generator)[0]
