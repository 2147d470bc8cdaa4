import subprocess
import sys

import pytest

from pyg_symm.chem import MoleculeVocabulary, from_smiles, toolkit
from pyg_symm.chem.toolkit import problem, rdkit


def test_without_rdkit(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    monkeypatch.setitem(sys.modules, "rdkit.rdBase", None)
    monkeypatch.setattr(toolkit, "rdkit", rdkit.__wrapped__)
    with pytest.raises(ImportError, match=r"need rdkit; install it with: pip install rdkit"):
        toolkit.silent()


def test_rdkit_is_loaded_late():
    code = "import sys, pyg_symm.chem, pyg_symm.datasets; sys.exit('rdkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_problem():
    chem = rdkit("Chem")
    read = [
        chem.MolFromSmiles(s, sanitize=False) for s in ("CO", "C(C)(C)(C)(C)C", "c1cccc1", "cc")
    ]
    assert [problem(mol) for mol in read] == [None, "valence", "kekulization", "kekulization"]


def test_silent(capfd):
    with pytest.raises(ValueError):
        from_smiles("C(C)(C)(C)(C)C", MoleculeVocabulary.moses())
    assert capfd.readouterr().err == ""
