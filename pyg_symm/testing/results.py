"""Compares what a layer returns: tensors, numbers, and tuples, lists and dictionaries of them."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten

from .arguments import Sizes

_TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 2e-3}

Reading = Callable[[Tensor], Tensor]


def same(t: Tensor) -> Tensor:
    """What does not depend on the order of nodes."""
    return t


class Results:
    r"""Results of a layer that are to be compared with its first one.

    Each tensor is read as one row per node, edge or graph, or as one matrix of all pairs of
    nodes, by its size. Where two of these numbers coincide, both readings are tried, and one of
    them must hold for all comparisons.

    Args:
        first: The result to compare with.
        sizes (Sizes, optional): The numbers of nodes, edges and graphs. (default: results do not
            depend on their order)
        tol (float, optional): Absolute and relative tolerance. (default: by data type)
        whole (bool, optional): If set, a single graph may have a result of any shape.
            (default: :obj:`True`)

    Raises:
        AssertionError: If a tensor has neither one row per node nor per edge nor per graph, or is
            NaN everywhere, which would equal itself in any order.
        ValueError: If a result is of a type that cannot be compared, or there is none, or if the
            tolerance is negative, infinite or NaN.
    """

    def __init__(
        self, first: Any, sizes: Sizes | None = None, tol: float | None = None, whole: bool = True
    ) -> None:
        check_tolerance(tol)
        self.leaves, self.spec = leaves(first)
        for leaf in self.leaves:
            if isinstance(leaf, Tensor) and leaf.numel() > 0 and bool(leaf.isnan().all()):
                raise AssertionError(f"the result is NaN everywhere (shape {list(leaf.shape)})")
        self.tol = tol
        self.readings = [
            ["whole"] if sizes is None else _readings(leaf, sizes, whole) for leaf in self.leaves
        ]

    def check(self, out: Any, reason: str, moves: Mapping[str, Reading] | None = None) -> None:
        """Asserts that another result equals the first one once that has been moved."""
        moves = {"whole": same, **(moves or {})}
        others, spec = leaves(out)
        if spec != self.spec:
            raise AssertionError(f"{reason}: {spec}, not {self.spec}")
        for i, (leaf, other) in enumerate(zip(self.leaves, others, strict=True)):
            why = reason if len(others) == 1 else f"output {i}: {reason}"
            errors = {}
            for name in self.readings[i]:
                try:
                    _compare(other, leaf, moves[name], self.tol, why)
                except AssertionError as error:
                    errors[name] = error
            holding = [name for name in self.readings[i] if name not in errors]
            if not holding:
                raise errors[self.readings[i][0]]
            self.readings[i] = holding


def check_tolerance(tol: float | None) -> None:
    r"""Checks a tolerance, if there is one.

    Raises:
        ValueError: If it is negative, infinite or NaN: everything, or nothing, would be equal.
    """
    if tol is not None and not 0 <= tol < math.inf:
        raise ValueError(f"'tol' must be finite and not negative (got {tol})")


def leaves(out: Any) -> tuple[list[Any], Any]:
    """Tensors and numbers of a result, and how they are nested."""
    flat, spec = tree_flatten(out)
    if all(leaf is None for leaf in flat):
        raise ValueError(f"the result holds nothing to compare (got {out})")
    for leaf in flat:
        dense = isinstance(leaf, Tensor) and leaf.layout == torch.strided
        if not (dense or leaf is None or isinstance(leaf, bool | int | float | complex | str)):
            raise ValueError(
                f"the result holds a {type(leaf).__name__}, which cannot be compared; wrap the "
                "layer in a function that returns its tensors"
            )
    return flat, spec


def _readings(leaf: Any, sizes: Sizes, whole: bool) -> list[str]:
    single = ["whole"] if whole or sizes.graph == 1 or leaf is None else []
    if not isinstance(leaf, Tensor) or leaf.dim() == 0:
        names = single
    else:
        names = sizes.levels(leaf.size(0))
        if leaf.dim() > 1 and list(leaf.shape[:2]) == [sizes.node] * 2:
            names.append("pair")
        if not names and sizes.graph == 1:
            names = single
    if names:
        return names
    rows = f"has {leaf.size(0)} rows" if isinstance(leaf, Tensor) and leaf.dim() else "is a number"
    raise AssertionError(f"the result {rows}: neither per node nor edge nor graph, with {sizes}")


def _compare(out: Any, first: Any, move: Reading, tol: float | None, reason: str) -> None:
    if isinstance(first, Tensor):
        assert_close(out, move(first), tol, reason)
    elif isinstance(first, float | complex) and isinstance(out, float | complex):
        kind = torch.complex128 if isinstance(first, complex) else torch.float64
        assert_close(torch.tensor(out, dtype=kind), torch.tensor(first, dtype=kind), tol, reason)
    elif type(out) is not type(first) or out != first:
        raise AssertionError(f"{reason}: {out}, not {first}")


def assert_close(out: Any, expected: Tensor, tol: float | None, reason: str) -> None:
    """Asserts that two tensors are equal up to the round-off of their type."""
    if not isinstance(out, Tensor) or out.shape != expected.shape:
        got = list(out.shape) if isinstance(out, Tensor) else out
        raise AssertionError(f"{reason}: shape {got}, not {list(expected.shape)}")
    real = expected.dtype.to_real() if expected.dtype.is_complex else expected.dtype
    tol = _TOLERANCE.get(real, 0.0) if tol is None else tol
    torch.testing.assert_close(
        out, expected, atol=tol, rtol=tol, equal_nan=True, msg=lambda detail: f"{reason}\n{detail}"
    )
