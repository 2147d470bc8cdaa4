import gzip
import hashlib
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pyg_symm.chem.descriptors import DESCRIPTORS
from pyg_symm.metrics import MoleculeStatistics, moses_statistics, moses_table, moses_train
from pyg_symm.metrics.molecules import moses_files
from pyg_symm.utils.wheel import Wheel

TRAIN = ["CCO", "CCN", "Cc1ccccc1"]
TEST = ["CCC", "CCO", "c1ccc(-c2ccccc2)cc1"]


def shipped(smiles):
    """Statistics in the format of MOSES: a dictionary in an array of objects."""
    found = MoleculeStatistics.from_smiles(smiles, fcd=False, progress=False)
    content = {name: {"values": found.values[name].tolist()} for name in DESCRIPTORS}
    content["SNN"] = {"fps": np.unpackbits(found.fingerprints, axis=1)}
    content["Frag"], content["Scaf"] = {"frag": found.fragments}, {"scaf": found.scaffolds}
    content["FCD"] = {"mu": np.zeros(512, np.float32), "sigma": np.eye(512)}
    file = io.BytesIO()
    np.savez_compressed(file, stats=np.array(content))
    return file.getvalue()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A wheel like that of molsets, with three molecules in each set."""
    contents = {
        "train.csv.gz": gzip.compress("\n".join(["SMILES", *TRAIN, ""]).encode()),
        "test_stats.npz": shipped(TEST),
        "test_scaffolds_stats.npz": shipped(TEST[:1]),
        "mcf.csv": b"names,smarts\nMCF1,[#6]-[#7](-[#1])-[#1]\n",
        "wehi_pains.csv": b"S ,<one>\n",
    }
    contents = {f"mini/{name}": content for name, content in contents.items()}
    raw = tmp_path / "MOSES" / "raw"
    raw.mkdir(parents=True)
    with zipfile.ZipFile(raw / "mini-1.0-py3-none-any.whl", "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(moses_files, "WHEEL", Wheel("mini", "1.0", sums))
    return str(tmp_path)


def test_statistics(root):
    found = moses_statistics("test", root)
    expected = MoleculeStatistics.from_smiles(TEST, fcd=False, progress=False)
    np.testing.assert_array_equal(found.fingerprints, expected.fingerprints)
    assert (found.fragments, found.scaffolds) == (expected.fragments, expected.scaffolds)
    assert found.values["logP"].tolist() == expected.values["logP"].tolist()
    assert found.chemnet.covariance.trace() == 512
    # What was unpacked once is read without the file that it came from.
    for file in (Path(root) / "MOSES" / "raw").iterdir():
        file.unlink()
    assert len(moses_statistics("test", root)) == 3
    with pytest.raises(ValueError, match=r"'split' must be .* \(got 'train'\)"):
        moses_statistics("train", root)


def test_what_moses_compares_with_is_the_default(root):
    assert moses_train(root) == frozenset(TRAIN)
    samples = ["CCO", "CCN", "CCC", "CCCS"]
    table = moses_table(samples, root=root, fcd=False, progress=False)
    assert (table["Novelty"], table["Filters"]) == (0.5, 0.5)
    assert table["Scaf/TestSF"] == 0 and table["SNN/Test"] > table["SNN/TestSF"]
    # With a test set of one's own, what it is not compared with has no column.
    table = moses_table(samples, test=TEST, root=root, fcd=False, progress=False)
    assert "Novelty" not in table and "SNN/TestSF" not in table and "Filters" in table


def test_alerts(tmp_path):
    (tmp_path / "mcf.csv").write_text("names,smarts\nMCF1,C#N\n")
    (tmp_path / "wehi_pains.csv").write_text('"c:1:c,[N]   ","<regId=one(1)>"\n')
    assert moses_files.read_alerts(tmp_path) == ["C#N", "c:1:c,[N]"]


def test_statistics_of_the_other_set_are_noticed(root):
    moses_statistics("test", root)
    moses_statistics("test_scaffolds", root)
    folder = Path(root) / "MOSES" / "statistics"
    (folder / "test_scaffolds.npz").rename(folder / "test.npz")
    with pytest.raises(ValueError, match="delete '.*test.npz'"):
        moses_statistics("test", root)


class Planted:
    def __reduce__(self):
        return Path.touch, (Path("planted"),)


def test_statistics_of_an_earlier_version_are_computed_again(root):
    expected = moses_statistics("test", root)
    file = Path(root) / "MOSES" / "statistics" / "test.npz"
    with np.load(file) as arrays:
        np.savez(file, **{key: value for key, value in arrays.items() if key != "title"})
    assert moses_statistics("test", root).fragments == expected.fragments
    with np.load(file) as arrays:
        assert str(arrays["title"]) == "test"


def test_pickled_statistics_run_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez_compressed("statistics.npz", stats=np.array(Planted(), dtype=object))
    with pytest.raises(pickle.UnpicklingError, match="is refused"):
        moses_files._unpack(Path("statistics.npz"))
    assert not Path("planted").exists()
