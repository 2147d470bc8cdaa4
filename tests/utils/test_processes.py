import os
import signal
import subprocess
import sys
import threading

import pytest
from tqdm import tqdm

from pyg_symm.utils import batched, parallel_map


def number_and_process(item):
    if item == 99:
        raise ZeroDivisionError
    return 2 * item, os.getpid()


def number_of_threads(item):
    import torch

    return torch.get_num_threads()


def kill_oneself(item):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("spawn", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_order_and_processes(spawn):
    items = range(20)
    found = list(parallel_map(number_and_process, items, workers=2, chunk_size=3, spawn=spawn))
    assert [value for value, _ in found] == [2 * item for item in items]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize("workers", [1, 8])
def test_one_chunk_starts_no_process(workers):
    mine = os.getpid()
    found = list(parallel_map(number_and_process, iter([1, 2]), workers, chunk_size=2))
    assert found == [(2, mine), (4, mine)]
    assert list(parallel_map(number_and_process, [], workers)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_read_as_they_are_needed(workers):
    read = []

    def items():
        for item in range(1000):
            read.append(item)
            yield item

    values = parallel_map(number_and_process, items(), workers, chunk_size=5)
    assert next(values)[0] == 0
    assert len(read) <= 5 * (3 * workers + 1)
    values.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_come_through(workers):
    with pytest.raises(ZeroDivisionError) as raised:
        list(parallel_map(number_and_process, [1, 99, 2], workers))
    if workers == 2 and sys.version_info >= (3, 11):
        assert "at the item 99" in raised.value.__notes__


def test_a_killed_worker_is_named():
    with pytest.raises(RuntimeError, match="worker process was killed.*item 'first'"):
        list(parallel_map(kill_oneself, ["first", "second"], workers=2))


def test_bad_arguments_are_refused_at_the_call():
    with pytest.raises(ValueError, match=r"'workers' must be positive \(got 0\)"):
        parallel_map(abs, [1], workers=0)
    with pytest.raises(ValueError, match=r"'chunk_size' must be positive \(got 0\)"):
        parallel_map(abs, [1], chunk_size=0)


def test_threads_of_workers():
    assert list(parallel_map(number_of_threads, [0, 1], workers=2, threads=2)) == [2, 2]


def test_bar(capsys):
    with tqdm(total=1, desc="items") as bar:
        assert list(parallel_map(abs, [-1], bar=bar)) == [1]
    assert bar.n == 1 and "items" in capsys.readouterr().err


def test_batched():
    assert list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batched([], 2)) == []


ORPHANS = """
import os, time
from pyg_symm.utils import parallel_map

def started(item):
    os.write(1, b"started\\n")  # At once: two processes share the pipe.
    time.sleep(600)

if __name__ == "__main__":
    list(parallel_map(started, [0, 1], workers=2, spawn=bool({spawn})))
"""


@pytest.mark.parametrize("spawn", [0, 1])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals of Unix")
def test_workers_end_with_a_killed_parent(tmp_path, spawn):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS.format(spawn=spawn))
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    try:
        assert [parent.stdout.readline() for _ in range(2)] == ["started\n"] * 2
    finally:
        parent.kill()
    # The pipe stays open as long as any worker lives.
    ended = threading.Thread(target=parent.stdout.read, daemon=True)
    ended.start()
    ended.join(timeout=30)
    assert not ended.is_alive()
    parent.wait()
    parent.stdout.close()
