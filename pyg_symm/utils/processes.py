"""One function over many items, in several processes."""

import collections
import itertools
import multiprocessing
import operator
import os
import reprlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

import torch
from tqdm import tqdm

T = TypeVar("T")
R = TypeVar("R")

_function: Callable[[Any], Any]  # Of a worker: set once, not sent with every chunk.


def parallel_map(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int | None = 1,
    *,
    chunk_size: int = 1,
    spawn: bool = False,
    threads: int | None = 1,
    bar: "tqdm | None" = None,
) -> Iterator[R]:
    r"""Yields the values of a function, in the order of its arguments.

    Items are read as they are needed, so that :obj:`items` may be longer than memory. Workers end
    when this process ends, however it ends. Fewer than two chunks are computed in this process.

    Args:
        function (Callable): What to compute. It must be picklable if there are several workers.
        items (Iterable): The arguments.
        workers (int, optional): The number of processes; 1 starts none. :obj:`None` means one for
            each available processor. (default: :obj:`1`)
        chunk_size (int, optional): How many items a worker takes at a time. (default: :obj:`1`)
        spawn (bool, optional): Whether workers are new interpreters. Otherwise they are forks of
            this process on Linux, which start at once, but must not use threads of libraries
            that this process has used, such as training with PyTorch. A script that spawns needs
            ``if __name__ == "__main__":``. (default: :obj:`False`)
        threads (int, optional): Threads of PyTorch in each worker; :obj:`None` leaves the choice
            to PyTorch. (default: :obj:`1`)
        bar (tqdm, optional): A progress bar to advance by one for each value.

    Raises:
        ValueError: If :obj:`workers` or :obj:`chunk_size` is not positive.
        RuntimeError: If a worker was killed, as by a lack of memory.
        Exception: Whatever :obj:`function` raises. From Python 3.11 on, a note names the item.

    Examples:
        >>> list(parallel_map(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    if workers is not None and workers < 1:
        raise ValueError(f"'workers' must be positive (got {workers})")
    if chunk_size < 1:
        raise ValueError(f"'chunk_size' must be positive (got {chunk_size})")
    workers = available_processors() if workers is None else workers
    size = operator.length_hint(items, -1)
    if size >= 0:
        workers = min(workers, -(-size // chunk_size))
    values = _values(function, items, workers, chunk_size, spawn, threads)
    return values if bar is None else _with_bar(values, bar)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of equally many items; the last one has the rest."""
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def available_processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _with_bar(values: Iterator[R], bar: "tqdm") -> Iterator[R]:
    for value in values:
        bar.update()
        yield value


def _values(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    chunk_size: int,
    spawn: bool,
    threads: int | None,
) -> Iterator[R]:
    chunks = batched(items, chunk_size)
    first = list(itertools.islice(chunks, 2))
    chunks = itertools.chain(first, chunks)
    if workers <= 1 or len(first) < 2:
        for chunk in chunks:
            yield from map(function, chunk)
        return
    # A fork is there at once, where a new Python would import torch first. A script without a main
    # guard would even run itself again.
    fork = not spawn and sys.platform == "linux"
    context = multiprocessing.get_context("fork" if fork else "spawn")
    pool = ProcessPoolExecutor(workers, context, _prepare, (function, threads))
    waiting: collections.deque[tuple[list[T], Future[list[R]]]] = collections.deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, pool.submit(_run, chunk)))
            if len(waiting) > 3 * workers:  # Neither questions nor answers pile up.
                yield from _result(*waiting.popleft())
        while waiting:
            yield from _result(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _result(chunk: list[T], future: "Future[list[R]]") -> list[R]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a worker process was killed, for example because memory ran out, at or after the "
            f"item {reprlib.repr(chunk[0])}"
        ) from error


def _prepare(function: Callable[[Any], Any], threads: int | None) -> None:
    global _function
    _function = function
    if threads is not None:
        torch.set_num_threads(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process when its parent has ended, even if that was killed."""
    parent = multiprocessing.parent_process()
    # A sibling may hold the end of the pipe that tells of a parent; its number tells as well.
    while parent is not None and parent.is_alive() and os.getppid() == parent.pid:
        time.sleep(1)
    os._exit(1)


def _run(items: list[Any]) -> list[Any]:
    values = []
    for item in items:
        try:
            values.append(_function(item))
        except Exception as error:
            if sys.version_info >= (3, 11):
                error.add_note(f"at the item {reprlib.repr(item)}")
            raise
    return values
