"""One function over many molecules, with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tqdm import tqdm

from pyg_symm.utils import parallel_map


def map_molecules(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    workers: int = 1,
    chunk_size: int = 64,
    description: str | None = None,
) -> Iterator[Any]:
    r"""Yields the values of a function, in the order of its arguments.

    Args:
        function (Callable): What to compute; it can be pickled.
        items (Sequence): The arguments.
        workers (int, optional): The number of processes; with 1 no other is started.
            (default: :obj:`1`)
        chunk_size (int, optional): How many arguments a worker takes at a time.
            (default: :obj:`64`)
        description (str, optional): The title of a progress bar. (default: no bar)

    Raises:
        ValueError: If ``workers`` is not positive.

    Examples:
        >>> list(map_molecules(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    bar = tqdm(total=len(items), desc=description, unit="mol", disable=description is None)
    values = parallel_map(function, items, workers, chunk_size=chunk_size, bar=bar)
    with bar:
        yield from values
