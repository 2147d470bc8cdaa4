"""Binary operators for tree folds, behind one interface."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from .base import CallableOperator, CommutativeOperator
from .exact import FlowOperator, LogSumExpOperator, ProductOperator, TopKOperator
from .learned import GRUOperator, MLPOperator, SymmetricOperator

__all__ = classes = [
    "CallableOperator",
    "CommutativeOperator",
    "FlowOperator",
    "GRUOperator",
    "LogSumExpOperator",
    "MLPOperator",
    "ProductOperator",
    "SymmetricOperator",
    "TopKOperator",
]

OperatorLike = str | CommutativeOperator | Callable[[Tensor, Tensor], Tensor]


def _product(
    channels: int, parts: Sequence[OperatorLike] = ("lse", "topk", "flow")
) -> ProductOperator:
    """Shares the channels out evenly, the first parts taking one more where they do not divide."""
    if not 0 < len(parts) <= channels:
        raise ValueError(f"'parts' must name 1 to {channels} operators (got {list(parts)})")
    share, more = divmod(channels, len(parts))
    return ProductOperator(
        [operator_resolver(part, share + (i < more)) for i, part in enumerate(parts)]
    )


_OPERATORS: dict[str, Callable[..., CommutativeOperator]] = {
    "gru": GRUOperator,
    "sym": SymmetricOperator,
    "mlp": MLPOperator,
    "lse": LogSumExpOperator,
    "topk": TopKOperator,
    "flow": FlowOperator,
    "product": _product,
}


def operator_resolver(op: OperatorLike, channels: int, **kwargs: Any) -> CommutativeOperator:
    r"""An operator from its name, or from anything that can be called on two operands.

    Args:
        op (str or Callable): ``"gru"``, ``"sym"``, ``"mlp"``, ``"lse"``, ``"topk"``, ``"flow"``,
            ``"product"``, an operator, or a commutative function or module.
        channels (int): Size of each operand.
        **kwargs (optional): Arguments of the named operator.

    Raises:
        ValueError: If the name is unknown, the operator has another size, or arguments are given
            for an operator that is built already.

    Examples:
        >>> operator_resolver("topk", 6, k=3)
        TopKOperator(6, k=3)
        >>> operator_resolver("product", 5, parts=["lse", "gru"]).operators[0]
        LogSumExpOperator(3)
    """
    if isinstance(op, str):
        if op not in _OPERATORS:
            raise ValueError(f"'op' must be one of {sorted(_OPERATORS)} or callable (got '{op}')")
        return _OPERATORS[op](channels, **kwargs)
    if not callable(op):
        raise ValueError(f"'op' must be one of {sorted(_OPERATORS)} or callable (got {op!r})")
    if kwargs:
        raise ValueError(f"an operator that is built takes no arguments (got {kwargs})")
    if not isinstance(op, CommutativeOperator):
        return CallableOperator(channels, op)
    if op.channels != channels:
        raise ValueError(f"'op' must have {channels} channels (got {op.channels})")
    return op
