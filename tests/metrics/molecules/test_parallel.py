import os

import pytest

from pyg_symm.metrics.molecules.parallel import map_molecules


def number_and_process(item):
    return 2 * item, os.getpid()


def test_order_and_processes():
    items = list(range(20))
    found = list(map_molecules(number_and_process, items, workers=2, chunk_size=3))
    assert [value for value, _ in found] == [2 * item for item in items]
    assert os.getpid() not in {process for _, process in found}


def test_few_molecules_start_no_process():
    mine = os.getpid()
    assert list(map_molecules(number_and_process, [1, 2], 8)) == [(2, mine), (4, mine)]


def test_workers():
    with pytest.raises(ValueError, match=r"'workers' must be positive \(got 0\)"):
        list(map_molecules(abs, [1], workers=0))


def test_bar(capsys):
    assert list(map_molecules(abs, [-1], description="molecules")) == [1]
    assert "molecules" in capsys.readouterr().err
