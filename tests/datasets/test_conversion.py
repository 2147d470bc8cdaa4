import os
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("rdkit")

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.datasets import conversion
from pyg_symm.datasets.conversion import Options, convert, convert_chunk

OPTIONS = Options(MoleculeVocabulary.moses(), max_hops=3, largest_fragment=False)
SMILES = ["CCO", "C(", "c1ccccc1", "C" * 256, "[Na+].[Cl-]", "C" * 255, "", "N"]


def test_convert_chunk():
    chunk = convert_chunk(list(enumerate(SMILES)), OPTIONS)
    assert chunk.refused.counts == {"syntax": 1, "size": 1, "disconnected": 1, "empty": 1}
    assert chunk.size == len(SMILES)
    columns = chunk.columns
    assert columns["row"].tolist() == [0, 2, 5, 7]
    assert columns["atom_ptr"].tolist() == [3, 6, 255, 1]
    assert columns["bond_ptr"].tolist() == [2, 6, 254, 0]
    assert columns["num_blocks"].tolist() == [2, 1, 128, 1]
    assert columns["smiles"].tobytes().decode() == f"CCOc1ccccc1{'C' * 255}N"
    assert columns["bond"][:2].tolist() == [[0, 1, 1], [1, 2, 1]]
    assert columns["bond"].dtype == columns["atom"].dtype == np.uint8


def test_only_refused():
    chunk = convert_chunk([(0, "?")], OPTIONS)
    assert chunk.refused.counts == {"syntax": 1} and len(chunk.columns["row"]) == 0


def test_processes_agree(monkeypatch):
    monkeypatch.setattr(conversion, "CHUNK_SIZE", 3)
    rows = list(enumerate(3 * SMILES))
    one = list(convert(rows, OPTIONS, workers=1))
    two = list(convert(iter(rows), OPTIONS, workers=2))
    assert len(one) == len(two) == 8
    for a, b in zip(one, two, strict=True):
        assert a.refused.to_dict() == b.refused.to_dict() and a.size == b.size
        assert all(np.array_equal(a.columns[key], b.columns[key]) for key in a.columns)


def test_workers():
    with pytest.raises(ValueError, match=r"'workers' must be positive \(got 0\)"):
        list(convert([], OPTIONS, workers=0))


KILLED = """
import os, signal, sys
from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.datasets import conversion
from pyg_symm.datasets.conversion import Options, convert
conversion.CHUNK_SIZE = 1
options = Options(MoleculeVocabulary.moses(), 3, False)
for chunk in convert(((i, "CCO") for i in range(10**9)), options, workers=2):
    children = open(f"/proc/self/task/{os.getpid()}/children").read()
    print(children, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_processes_end_with_their_parent():
    run = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True)
    children = run.stdout.split()
    assert children, run.stderr
    deadline = time.monotonic() + 20
    while alive := [child for child in children if os.path.exists(f"/proc/{child}/exe")]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
