import os.path as osp

import pytest

from pyg_symm.chem import nci_file


def test_nci_file(tmp_path, monkeypatch):
    from rdkit import RDConfig

    assert osp.basename(nci_file()) == "first_5K.smi"
    monkeypatch.setattr(RDConfig, "RDDataDir", str(tmp_path / "data"))
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"has no 'NCI/first_5K\.smi'"):
        nci_file()
    (tmp_path / "NCI").mkdir()
    (tmp_path / "NCI" / "first_5K.smi").write_text("C\t1\n")
    assert nci_file() == osp.join(tmp_path, "NCI", "first_5K.smi")
