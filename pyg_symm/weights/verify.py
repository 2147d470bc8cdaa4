"""Whether a specification is right: random permutations must keep what a model computes."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .axes import axis_classes
from .copies import converted, tensors_of
from .declare import is_statistic
from .permutations import Permutation, identity
from .spec import PermutationSpec

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}


def verify_spec(spec: PermutationSpec, model: nn.Module, *args: Any, **kwargs: Any) -> None:
    r"""Checks that three random permutations keep the results of a model.

    They are applied to a copy of the model in double precision, and in evaluation mode, whose
    parameters are shaken: permuting units that all have the weights of an initialization, such as
    ones of a norm, would show nothing. Where a result changes, each class is permuted by itself to
    find those that are wrong.

    Args:
        spec (PermutationSpec): The specification.
        model (torch.nn.Module): The model. It is not changed.
        *args (Any): Inputs of the model.
        **kwargs (Any): Further inputs, by keyword.

    Raises:
        ValueError: If a permutation changes a result by more than :math:`10^{-9}` of its largest
            entry. The message names the classes that are wrong.
    """
    run = _Run(spec, model, args, kwargs)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        permutation = spec.random(generator)
        if run.keeps(permutation):
            continue
        wrong = _culprits(spec, run, permutation)
        places = [f"axis {p.dim} of '{p.tensor}'" for name in wrong for p in spec.occurrences(name)]
        raise ValueError(
            f"renumbering the units of {wrong} changes what the model computes; they lie on "
            f"{', '.join(places)}"
        )


class _Run:
    """Runs of a copy of a model with other parameters."""

    def __init__(
        self, spec: PermutationSpec, model: nn.Module, args: tuple, kwargs: Mapping[str, Any]
    ) -> None:
        self.spec = spec
        self.dtype = torch.float64
        self.state: dict[str, Any] = {}
        self._take(model, args, kwargs)
        try:
            self.expected = self._results(self.state)
        except RuntimeError as error:  # A model that insists on its precision.
            if "type" not in str(error):
                raise
            self.dtype = torch.float32
            self._take(model, args, kwargs)
            self.expected = self._results(self.state)
        moving = {name for name, axes in spec.axes.items() if any(map(axis_classes, axes))}
        parameters = {name for name, _ in self.model.named_parameters(remove_duplicate=False)}
        shaken = _shaken(self.state, moving | parameters | set(filter(is_statistic, self.state)))
        results = self._results(shaken)
        if all(bool(x.isfinite().all()) for x in results if x.is_floating_point()):
            self.state, self.expected = shaken, results

    def _take(self, model: nn.Module, args: tuple, kwargs: Mapping[str, Any]) -> None:
        self.model = converted(model, self.dtype).eval()
        self.args, self.kwargs = converted((args, dict(kwargs)), self.dtype)
        if any(nn.parameter.is_lazy(x) for x in self.model.parameters()):
            with torch.no_grad():
                self.model(*self.args, **self.kwargs)
        self.spec.validate(self.model.state_dict())
        self.state = {
            name: x.clone() if isinstance(x, Tensor) else x
            for name, x in self.model.state_dict().items()
        }

    def _results(self, state: Mapping[str, Any]) -> list[Tensor]:
        self.model.load_state_dict(state)
        # Inputs are copied, since a model may write into them.
        args, kwargs = converted((self.args, self.kwargs), self.dtype)
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            out = self.model(*args, **kwargs)
        return [x.detach().clone() for x in tensors_of(out)]

    def keeps(self, permutation: Permutation) -> bool:
        """Whether the results with permuted parameters are the same."""
        results = self._results(self.spec.apply(self.state, permutation))
        return len(results) == len(self.expected) and all(
            _close(x, y, TOLERANCE[self.dtype]) for x, y in zip(results, self.expected, strict=True)
        )


def _shaken(state: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Other entries for some tensors, of a similar size and the same sign where they share one."""
    generator = torch.Generator().manual_seed(0)
    out = dict(state)
    for name in sorted(names):
        x = state[name]
        if x.is_floating_point():
            noise = 0.1 * torch.randn(x.shape, generator=generator, dtype=torch.float64).to(x)
            positive = x.numel() > 0 and bool((x > 0).all())
            scale = x.abs().mean() if bool(x.any()) else x.new_ones(())
            out[name] = x * noise.exp() if positive else x + noise * scale
    return out


def _close(x: Tensor, y: Tensor, tolerance: float) -> bool:
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    if x.layout != torch.strided:
        x, y = x.to_dense(), y.to_dense()
    if not (x.is_floating_point() or x.is_complex()):
        return torch.equal(x, y)
    finite = y[y.isfinite()]
    size = float(finite.abs().max()) if finite.numel() else 0.0
    return torch.allclose(x, y, rtol=0.0, atol=tolerance * size, equal_nan=True)


def _culprits(spec: PermutationSpec, run: _Run, permutation: Permutation) -> list[str]:
    """The classes that change results by themselves, or else all of them. Classes with the same
    heads move together.
    """
    sets = [[name] for name in spec.classes if spec.group_of(name) is None]
    sets += [list(group.classes) for group in spec.groups]
    still = identity(spec.classes)
    wrong = [
        names for names in sets if not run.keeps({**still, **{n: permutation[n] for n in names}})
    ]
    return sorted(name for names in wrong or sets for name in names)
