"""Files of the format that MNIST is distributed in."""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_BYTES = 0x08  # The code of unsigned bytes.


def read_idx(path: str | os.PathLike) -> Tensor:
    r"""Reads an array of bytes: two zero bytes, a type, the number of axes, their lengths, values.

    Args:
        path (str or Path): The file; it is decompressed if its name ends in ``.gz``.

    Returns:
        torch.Tensor: The bytes, in the shape that the file says.

    Raises:
        ValueError: If the file has another format, type or length; the message names the file.
    """
    path = Path(path)
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"'{path}' must be a file of gzip (got {error})") from None
    begin = 4 + 4 * content[3] if len(content) >= 4 else 0
    if begin == 0 or content[:3] != bytes([0, 0, _BYTES]) or len(content) < begin:
        raise ValueError(f"'{path}' must be an idx file of bytes (got {content[:4].hex()!r}...)")
    shape = np.frombuffer(content, ">i4", content[3], 4)
    size = int(shape.prod(dtype=np.int64))
    if bool((shape < 0).any()) or len(content) != begin + size:
        raise ValueError(
            f"'{path}' must have {size} bytes of values, for the shape {shape.tolist()} (got "
            f"{len(content) - begin})"
        )
    values = np.frombuffer(content, np.uint8, size, begin).copy()
    return torch.from_numpy(values).view(shape.tolist())
