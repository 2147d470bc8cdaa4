import numpy as np
import pytest

from pyg_symm.datasets.compound_pool import read_compounds, scaffold_split

TABLE = "smiles,activity\nc1ccccc1C,1.5\nnonsense,2\nCCO,-3\nC1CC1c1ccccc1,4\n"


def test_columns_and_refused_lines(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(TABLE)
    pool = read_compounds(str(path), "activity")
    assert pool.smiles == ["c1ccccc1C", "CCO", "C1CC1c1ccccc1"] and pool.refused == 1
    assert pool.score.tolist() == [1.5, -3, 4] and pool.bits.shape == (3, 1024)
    assert pool.scaffold == ["c1ccccc1", "", "c1ccc(C2CC2)cc1"]
    assert read_compounds(str(path), "weight").score == pytest.approx([92.1, 46.1, 118.2], abs=0.1)
    assert len(read_compounds(str(path), "weight", limit=1).smiles) == 1
    part = pool.take(np.array([2]))
    assert part.smiles == ["C1CC1c1ccccc1"] and part.score.tolist() == [4]


@pytest.mark.parametrize("value", ["", "high", "nan"])
def test_scores_that_are_no_numbers(tmp_path, value):
    path = tmp_path / "mine.csv"
    path.write_text(f"smiles,activity\nCCO,1\nCCN,{value}\n")
    with pytest.raises(ValueError, match="'activity' must be a number in row 2"):
        read_compounds(str(path), "activity")


def test_a_column_of_a_file_without_columns(tmp_path):
    path = tmp_path / "mine.smi"
    path.write_text("CCO\nCCN\n")
    with pytest.raises(ValueError, match=r"'score' must be one of .*no table.*\(got 'activity'\)"):
        read_compounds(str(path), "activity")
    assert read_compounds(str(path), "QED").score.shape == (2,)


def test_no_molecule(tmp_path):
    path = tmp_path / "mine.smi"
    path.write_text("nonsense\n")
    with pytest.raises(ValueError, match="'path' must have at least one molecule"):
        read_compounds(str(path))


def test_no_scaffold_is_in_two_splits():
    scaffolds = [f"ring {i}" for i in np.random.RandomState(0).randint(0, 200, 1000)]
    parts = [scaffold_split(scaffolds, split) for split in ("train", "val", "test")]
    assert sorted(np.concatenate(parts).tolist()) == list(range(1000))
    names = [{scaffolds[i] for i in part} for part in parts]
    assert not (names[0] & names[1] or names[0] & names[2] or names[1] & names[2])
    assert abs(len(parts[0]) - 800) < 20 and min(map(len, parts)) > 60
    assert scaffold_split(scaffolds, "val", seed=1).tolist() != parts[1].tolist()
