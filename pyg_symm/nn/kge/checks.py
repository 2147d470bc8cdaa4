"""Numbers of entities and relations that do not exist, named before anything is computed."""

import torch
from torch import Tensor

from pyg_symm.utils.plain import needs_plain_functions


def check_indices(sizes: dict[str, int], default: int, **indices: Tensor) -> None:
    r"""Refuses numbers of entities or relations that do not exist, and tensors of unequal size.

    Values on a device are not read, which would wait for it.

    Args:
        sizes (dict): How many numbers there are, by name of an argument.
        default (int): How many there are for other arguments.
        **indices (torch.Tensor): The arguments by name.
    """
    if needs_plain_functions():  # Numbers cannot be read back there.
        return
    shapes = {name: list(index.shape) for name, index in indices.items()}
    if len({str(shape) for shape in shapes.values()}) > 1:
        raise ValueError(f"{list(shapes)} must have one size (got {list(shapes.values())})")
    for name, index in indices.items():
        if index.is_floating_point() or index.is_complex() or index.dtype == torch.bool:
            raise ValueError(f"'{name}' must have whole numbers (got {index.dtype})")
        if index.device.type == "cpu" and index.numel() > 0:
            low, high = (int(value) for value in index.aminmax())
            size = sizes.get(name, default)
            if low < 0 or high >= size:
                got = low if low < 0 else high
                raise ValueError(f"'{name}' must be in [0, {size}) (got {got})")
