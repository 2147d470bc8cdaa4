import pytest

from pyg_symm.chem import MoleculeVocabulary, from_smiles
from pyg_symm.generation.scaffolds import draw_scaffolds, judge_scaffolds, read_scaffolds


def test_a_scaffold_that_is_not_there_is_not_found():
    vocabulary = MoleculeVocabulary(["C", "N", "O"])
    scaffold, other = (from_smiles(text, vocabulary) for text in ("C1CC1", "CCCO"))
    judged = judge_scaffolds([scaffold], [other], ["CCCO"], vocabulary)
    assert judged == {"C1CC1": {"valid": 1.0, "contain": 0.0, "unique": 1.0}}


def test_a_file_without_molecules_is_refused(tmp_path):
    file = tmp_path / "none.smi"
    file.write_text("")
    with pytest.raises(ValueError, match="'extend' must hold molecules .got none in '.*none.smi'"):
        read_scaffolds(str(file), MoleculeVocabulary(["C"]))


def test_a_picture_has_a_row_for_each_scaffold(tmp_path):
    vocabulary = MoleculeVocabulary(["C", "N", "O"])
    scaffolds = [from_smiles(text, vocabulary) for text in ("C1CC1", "C=O")]
    draw_scaffolds(str(tmp_path / "a.svg"), scaffolds, ["CC1CC1", None, "CC=O", "CC=O"])
    assert (tmp_path / "a.svg").stat().st_size > 1000
    draw_scaffolds(str(tmp_path / "b.svg"), scaffolds[:1], ["CC1CC1", None])
    assert (tmp_path / "b.svg").stat().st_size < (tmp_path / "a.svg").stat().st_size
