import gzip
from pathlib import Path

import pytest

pytest.importorskip("rdkit")

from pyg_symm.chem import MoleculeVocabulary, nci_file, read_smiles
from pyg_symm.datasets import SmilesGraphs, smiles_graphs

SMILES = ["CCO", "c1ccccc1", "C[Si](C)(C)C", "C(", "CC(=O)[O-].[Na+]"]


def test_list(tmp_path):
    dataset = SmilesGraphs(SMILES, MoleculeVocabulary.moses(), str(tmp_path))
    assert dataset.refused == {"atom": 1, "syntax": 1, "disconnected": 1}
    assert dataset.all_smiles() == ["CCO", "c1ccccc1"] and dataset.rows.tolist() == [0, 1]
    assert dataset.source["path"] is None
    larger = SmilesGraphs(SMILES, root=str(tmp_path), largest_fragment=True)
    assert larger.all_smiles() == ["CCO", "c1ccccc1", "C[Si](C)(C)C", "CC(=O)[O-]"]
    assert len(list((tmp_path / "SmilesGraphs").iterdir())) == 2


def test_file(tmp_path):
    path = tmp_path / "mine.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("id,SMILES,other\n1,CCO,C\n2,CCN,CC\n")
    dataset = SmilesGraphs(path, root=str(tmp_path))
    assert dataset.all_smiles() == ["CCO", "CCN"]
    assert dataset.source["path"] == str(path)
    assert SmilesGraphs(path, root=str(tmp_path), column="other").all_smiles() == ["C", "CC"]


def test_contents_count(tmp_path):
    """A file that was changed is not read from an old folder; one that was moved is."""
    path = tmp_path / "mine.smi"
    path.write_text("CCO\n")
    first = SmilesGraphs(str(path), root=str(tmp_path))
    path.write_text("CCN\n")
    assert SmilesGraphs(str(path), root=str(tmp_path)).all_smiles() == ["CCN"]
    other = Path(tmp_path) / "other.smi"
    other.write_text("CCO\n")
    assert SmilesGraphs(str(other), root=str(tmp_path)).processed_dir == first.processed_dir


def test_the_same_text_is_not_the_same_molecules(tmp_path):
    """A file that was given another ending, and lists that have the same letters."""
    root = str(tmp_path)
    for ending in ("txt", "csv", "tsv"):
        (tmp_path / f"mine.{ending}").write_text("smiles,name\nCCO,ethanol\n")
    with pytest.raises(ValueError, match="such as CCO,ethanol|no molecule"):
        SmilesGraphs(tmp_path / "mine.txt", root=root)
    assert SmilesGraphs(tmp_path / "mine.csv", root=root).all_smiles() == ["CCO"]
    with pytest.raises(ValueError, match="no molecule"):
        SmilesGraphs(tmp_path / "mine.tsv", root=root)
    assert SmilesGraphs(["C\nCC"], root=root).all_smiles() == ["C"]
    assert SmilesGraphs(["C", "CC"], root=root).all_smiles() == ["C", "CC"]
    (tmp_path / "mine.smi").write_text("SMILES\nC")
    assert SmilesGraphs(tmp_path / "mine.smi", root=root).refused == {}
    assert SmilesGraphs(["SMILES", "C"], root=root).refused == {"syntax": 1}


def test_nci5k(tmp_path, monkeypatch):
    lines = read_smiles(nci_file())[:40]
    path = tmp_path / "some.smi"
    path.write_text("\n".join(lines))
    monkeypatch.setattr(smiles_graphs, "nci_file", lambda: str(path))
    dataset = SmilesGraphs.nci5k(root=str(tmp_path), max_hops=1)
    assert len(dataset) + sum(dataset.refused.values()) == 40
    assert dataset.max_hops == 1


def test_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"'smiles' is no file \(got 'none.smi'\)"):
        SmilesGraphs("none.smi", root=str(tmp_path))
    with pytest.raises(
        ValueError, match=r"no molecule that can be used .*1 for text that is not a SMILES"
    ):
        SmilesGraphs(["C("], root=str(tmp_path))
    with pytest.raises(TypeError, match=r"'smiles' must be strings \(got NoneType\)"):
        SmilesGraphs(["C", None], root=str(tmp_path))
    with pytest.raises(ValueError, match=r"no molecule that can be used"):
        SmilesGraphs([], root=str(tmp_path))


def test_at_most_so_many_molecules_are_converted_evenly_spread(tmp_path):
    smiles = ["C" * n for n in range(1, 11)]
    dataset = SmilesGraphs(smiles, root=str(tmp_path), limit=2)
    assert dataset.sizes.tolist() == [5, 10]
    assert len(SmilesGraphs(smiles, root=str(tmp_path))) == 10
    with pytest.raises(ValueError, match="'limit' must be positive .got 0"):
        SmilesGraphs(smiles, root=str(tmp_path), limit=0)
