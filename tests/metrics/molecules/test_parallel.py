import os

import pytest

from pyg_symm.metrics.molecules.parallel import parallel_map


def number_and_process(item):
    if item == 99:
        raise ZeroDivisionError
    return 2 * item, os.getpid()


def test_order_and_processes():
    items = list(range(20))
    found = list(parallel_map(number_and_process, items, workers=2, chunk_size=3))
    assert [value for value, _ in found] == [2 * item for item in items]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.parametrize("workers", [1, 8])
def test_few_items_start_no_process(workers):
    assert list(parallel_map(number_and_process, [1, 2], workers)) == [
        (2, os.getpid()),
        (4, os.getpid()),
    ]
    assert list(parallel_map(number_and_process, [], workers)) == []


def test_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        list(parallel_map(number_and_process, [1, 99, 2], workers=2, chunk_size=1))
    with pytest.raises(ValueError, match=r"'workers' must be positive \(got 0\)"):
        list(parallel_map(abs, [1], workers=0))


def test_bar(capsys):
    assert list(parallel_map(abs, [-1], description="molecules")) == [1]
    assert "molecules" in capsys.readouterr().err
