import pytest

from pyg_symm.chem import MoleculeVocabulary, from_smiles
from pyg_symm.generation.scaffolds import (
    draw_scaffolds,
    judge_scaffolds,
    read_scaffolds,
    scaffold_hints,
)


def test_a_scaffold_that_is_not_there_is_not_found():
    vocabulary = MoleculeVocabulary(["C", "N", "O"])
    scaffold = from_smiles("C1CC1", vocabulary)
    judged = judge_scaffolds([scaffold], ["CCCO", None], vocabulary)
    assert judged == {"C1CC1": {"valid": 0.5, "contain": 0.0, "unique": 1.0}}


def test_a_ring_that_became_aromatic_is_not_found():
    # All bonds of cyclohexene are in benzene, of which a search for cyclohexene finds none.
    vocabulary = MoleculeVocabulary(["C", "N", "O"])
    scaffold = from_smiles("C1=CCCCC1", vocabulary)
    judged = judge_scaffolds([scaffold], ["c1ccccc1", "C1=CCCCC1O"], vocabulary)
    assert judged["C1=CCCCC1"] == {"valid": 1.0, "contain": 0.5, "unique": 1.0}
    (hint,) = scaffold_hints(judged, valence=True)
    assert "50% of the valid samples of 'C1=CCCCC1'" in hint and "aromatic" in hint


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


@pytest.mark.parametrize(
    ("num_scaffolds", "pictures", "each"),
    [(1, 30, 12), (1, 7, 7), (1, 3, 3), (2, 14, 7), (4, 8, 5)],
)
def test_pictures_are_divided_among_scaffolds(num_scaffolds, pictures, each, monkeypatch):
    drawn = {}

    def draw(path, smiles, captions, columns, title):
        drawn.update(smiles=smiles, captions=captions)

    monkeypatch.setattr("pyg_symm.generation.scaffolds.draw_molecules", draw)
    scaffold = from_smiles("C=O", MoleculeVocabulary(["C", "O"]))
    samples = [n * "C" + "=O" for n in range(1, 13)]
    draw_scaffolds("a.png", num_scaffolds * [scaffold], num_scaffolds * samples, pictures)
    rows = [drawn["smiles"][i : i + 6] for i in range(0, len(drawn["smiles"]), 6)]
    assert len(rows) == num_scaffolds * -(-each // 5) and len(drawn["captions"]) == 6 * len(rows)
    assert sum(row[0] == "C=O" for row in rows) == drawn["captions"].count("given") == num_scaffolds
    shown = [text for row in rows for text in row[1:] if text]
    assert shown == num_scaffolds * samples[:each]


def test_what_would_help_where_few_samples_are_valid():
    judged = {
        "C#N": {"valid": 0.03, "contain": 1.0},
        "C1CC1": {"valid": 0.8, "contain": 1.0},
        "C=O": {"valid": 0.0, "contain": 0.0},
    }
    assert list(scaffold_hints(judged, valence=False)) == [
        "Only 3% of the samples of 'C#N' are valid. constraints.valence=true keeps atoms within "
        "their valence.",
        "Only 0% of the samples of 'C=O' are valid. constraints.valence=true keeps atoms within "
        "their valence.",
    ]
    hint, _ = scaffold_hints(judged, valence=True)
    assert "atoms that can have further bonds" in hint


@pytest.mark.parametrize("name", ["none.smi", "none.csv", "folder/none.smi.gz"])
def test_a_file_that_does_not_exist(name):
    with pytest.raises(FileNotFoundError, match=f"a file that does not exist .got '{name}'"):
        read_scaffolds(name, MoleculeVocabulary(["C"]))


def test_a_molecule_longer_than_a_file_name():
    (scaffold,) = read_scaffolds(300 * "C", MoleculeVocabulary(["C"]))
    assert scaffold.num_nodes == 300


def test_a_molecule_without_limits_is_refused_at_once(tmp_path):
    file = tmp_path / "long.smi"
    file.write_text(200_000 * "C" + "\n")
    for extend in (str(file), 200_000 * "C"):
        with pytest.raises(ValueError, match="'extend' must be molecules of the model .got 'CCC"):
            read_scaffolds(extend, MoleculeVocabulary(["C"]))
