"""One function over many molecules, in several processes."""

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tqdm import tqdm

_function: Callable[[Any], Any]  # Of a worker: set once, not sent with every chunk.


def parallel_map(
    function: Callable[[Any], Any],
    items: Sequence[Any],
    workers: int = 1,
    chunk_size: int = 64,
    description: str | None = None,
) -> Iterator[Any]:
    r"""The values of a function, in the order of its arguments.

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
        >>> list(parallel_map(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    if workers < 1:
        raise ValueError(f"'workers' must be positive (got {workers})")
    values = _values(function, items, min(workers, -(-len(items) // chunk_size)), chunk_size)
    bar = tqdm(total=len(items), desc=description, unit="mol", disable=description is None)
    with bar:
        for value in values:
            bar.update()
            yield value


def _values(
    function: Callable[[Any], Any], items: Sequence[Any], workers: int, chunk_size: int
) -> Iterator[Any]:
    if workers <= 1:
        yield from map(function, items)
        return
    chunks = [items[i : i + chunk_size] for i in range(0, len(items), chunk_size)]
    # A fork is there at once, where a new Python would first import torch. What the workers run is
    # rdkit and numpy: none of it waits for a thread that a fork has not got.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(workers, context, _prepare, (function,)) as pool:
        try:
            for values in pool.map(_run, chunks):
                yield from values
        finally:
            pool.shutdown(cancel_futures=True)


def _prepare(function: Callable[[Any], Any]) -> None:
    global _function
    _function = function


def _run(items: Sequence[Any]) -> list[Any]:
    return [_function(item) for item in items]
