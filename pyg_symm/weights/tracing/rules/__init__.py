"""What each operation of PyTorch does with axes, by families."""

from . import create, images, index, matmul, norms, order, pointwise, reduce, views

__all__ = ["create", "images", "index", "matmul", "norms", "order", "pointwise", "reduce", "views"]
