"""What each operation of PyTorch does with axes, by families."""

from . import (
    backward,
    create,
    images,
    index,
    matmul,
    norms,
    order,
    pieces,
    pointwise,
    reduce,
    views,
)

__all__ = [
    "backward",
    "create",
    "images",
    "index",
    "matmul",
    "norms",
    "order",
    "pieces",
    "pointwise",
    "reduce",
    "views",
]
