r"""The pool of a module's units over several adapters.

A unit is a row :math:`a_j` of A with its column :math:`b_j` of B. The update of an adapter is the
sum of its units :math:`s \, b_j a_j^\top`, in any order. The sum of several adapters is the sum of
all their units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .adapter import Adapter, Layout
from .factors import Factors


@dataclass(frozen=True)
class Pool:
    r"""All units of one module, with scalings and weights of adapters multiplied in.

    Attributes:
        a (Tensor): Rows of A in float64. ``[M, d_in]``
        b (Tensor): Columns of B in float64, as rows. ``[M, d_out]``
        owner (list): The adapter of each unit.
        index (list): The number of each unit in its adapter.
        ranks (tuple): The rank of the module in each adapter, zero where it is missing.
    """

    a: Tensor
    b: Tensor
    owner: list[int]
    index: list[int]
    ranks: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number M of units."""
        return self.a.size(0)

    @property
    def present(self) -> list[int]:
        """The ranks of adapters that have the module."""
        return [rank for rank in self.ranks if rank]

    @property
    def factors(self) -> Factors:
        """The weighted sum of all updates."""
        return self.a, self.b

    @property
    def mean(self) -> Factors:
        """The weighted sum divided by the number of adapters that have the module."""
        return self.a, self.b / len(self.present)

    def target(self, semantics: str) -> Factors:
        """The sum or the mean of all updates."""
        return self.factors if semantics == "sum" else self.mean


def pools(adapters: Sequence[Adapter], weights: Sequence[float] | None = None) -> dict[str, Pool]:
    r"""The pool of each module, sorted by name.

    A factor :math:`w s` is split as :math:`\sqrt{|w s|}` on both sides, with its sign on B.

    Args:
        adapters (Sequence): Adapters of one base model. They may adapt different modules.
        weights (Sequence, optional): A factor for each adapter; ones if not given.

    Raises:
        ValueError: If adapters do not fit together; the message names the module.
    """
    factors = _checked_weights(adapters, weights)
    _check_together(adapters)
    names = sorted({name for adapter in adapters for name in adapter})
    return {name: _pool(name, adapters, factors) for name in names}


def layout_of(adapters: Sequence[Adapter], name: str) -> Layout:
    """The layout of a module, from the first adapter that has it."""
    return next(adapter.layouts[name] for adapter in adapters if name in adapter)


def assembled(adapters: Sequence[Adapter], modules: dict[str, Factors]) -> Adapter:
    r"""An adapter of scaling 1 from factors ``[k, d_in]`` and ``[k, d_out]`` of each module.

    Its data type, base model and options are those of the first adapter.
    """
    first = adapters[0]
    made = {
        name: (a.to(first.dtype).contiguous(), b.T.to(first.dtype).contiguous(), 1.0)
        for name, (a, b) in modules.items()
    }
    layouts = {name: layout_of(adapters, name) for name in modules}
    base = next((adapter.base_model for adapter in adapters if adapter.base_model), None)
    return Adapter(made, layouts=layouts, base_model=base, options=first.options)


def _pool(name: str, adapters: Sequence[Adapter], weights: Sequence[float]) -> Pool:
    a: list[Tensor] = []
    b: list[Tensor] = []
    owner: list[int] = []
    index: list[int] = []
    ranks: list[int] = []
    for number, (adapter, weight) in enumerate(zip(adapters, weights, strict=True)):
        rank = adapter.rank(name) if name in adapter else 0
        ranks.append(rank)
        if rank:
            module = adapter[name]
            factor = weight * module.scaling
            root = math.sqrt(abs(factor))
            a.append(module.A.detach().double() * root)
            b.append(module.B.detach().double().T * math.copysign(root, factor))
            owner += [number] * rank
            index += range(rank)
    return Pool(torch.cat(a), torch.cat(b), owner, index, tuple(ranks))


def _checked_weights(
    adapters: Sequence[Adapter], weights: Sequence[float] | None
) -> Sequence[float]:
    if isinstance(adapters, Adapter):
        raise ValueError("'adapters' must be a list of adapters (got one adapter)")
    if not adapters:
        raise ValueError("'adapters' must have at least one adapter (got none)")
    for number, adapter in enumerate(adapters):
        if not isinstance(adapter, Adapter):
            raise ValueError(f"'adapters[{number}]' must be an Adapter (got {type(adapter)})")
    if weights is None:
        return [1.0] * len(adapters)
    if len(weights) != len(adapters) or not all(map(math.isfinite, weights)):
        raise ValueError(
            f"'weights' must have a finite number for each of {len(adapters)} adapters "
            f"(got {list(weights)})"
        )
    return weights


def _check_together(adapters: Sequence[Adapter]) -> None:
    bases = {adapter.base_model for adapter in adapters if adapter.base_model}
    if len(bases) > 1:
        raise ValueError(
            f"adapters must share a base model (got {sorted(bases)}); if these are names of the "
            "same model, set 'base_model' of the adapters to None"
        )
    seen: dict[str, tuple[Layout, tuple[int, int]]] = {}
    for adapter in adapters:
        for name, module in adapter.items():
            found = adapter.layouts[name], (module.B.size(0), module.A.size(1))
            if seen.setdefault(name, found) != found:
                raise ValueError(
                    f"weights of '{name}' must have the same shape in all adapters "
                    f"(got {_shown(*seen[name])} and {_shown(*found)})"
                )


def _shown(layout: Layout, shape: tuple[int, int]) -> str:
    kernel = f", kernels {layout.row}" if layout.row else ""
    return f"{layout.kind} {shape}{kernel}"
