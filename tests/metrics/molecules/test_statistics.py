from collections import Counter

import numpy as np
import pytest

from pyg_symm.chem import MoleculeFilter
from pyg_symm.chem.descriptors import DESCRIPTORS, descriptors, fragments, scaffold
from pyg_symm.metrics import MoleculeStatistics
from pyg_symm.metrics.molecules.smiles import canonical, parse


def statistics(smiles, **options):
    return MoleculeStatistics.from_smiles(smiles, **{"fcd": False, "progress": False, **options})


def assert_same(one, other):
    assert (len(one), one.num_given) == (len(other), other.num_given)
    assert one.fragments == other.fragments and one.scaffolds == other.scaffolds
    np.testing.assert_array_equal(one.fingerprints, other.fingerprints)
    for name in DESCRIPTORS:
        np.testing.assert_array_equal(one.values[name], other.values[name])
    assert (one.chemnet is None) == (other.chemnet is None)
    if one.chemnet is not None:
        np.testing.assert_array_equal(one.chemnet.mean, other.chemnet.mean)
        np.testing.assert_array_equal(one.chemnet.covariance, other.chemnet.covariance)


def test_against_one_at_a_time(nci, valid):
    found = statistics([None, *nci], passes=MoleculeFilter(["S"]))
    mols = [parse(canonical(smiles))[0] for smiles in valid]
    assert found.num_given == len(nci) + 1 and len(found) == len(valid)
    assert found.smiles == [canonical(smiles) for smiles in valid]
    assert found.fragments == Counter(part for mol in mols for part in fragments(mol))
    assert found.scaffolds == Counter(filter(None, map(scaffold, mols)))
    values = np.array([descriptors(mol) for mol in mols])
    for i, name in enumerate(DESCRIPTORS):
        np.testing.assert_allclose(np.sort(found.values[name]), np.sort(values[:, i]))
    assert found.passes.sum() == sum(MoleculeFilter(["S"])(mol) for mol in mols)


def test_neither_order_nor_processes_matter(nci):
    expected = statistics(nci)
    assert_same(statistics(nci[::-1]), expected)
    assert_same(statistics(nci, workers=2), expected)


@pytest.mark.parametrize("size", [0, 1, 20])
def test_files(valid, size, tmp_path):
    fcd = size == 20
    if fcd:
        pytest.importorskip("fcd")
    expected = statistics(valid[:size], fcd=fcd)
    expected.save(tmp_path / "set.npz")
    assert_same(MoleculeStatistics.load(tmp_path / "set.npz"), expected)
    assert [file.name for file in tmp_path.iterdir()] == ["set.npz"]


def test_equal_outputs_count_as_often_as_they_are_there():
    found = statistics(["CCO", "CCO", "C1CC", "C1CC", "OCC"])
    assert found.smiles == ["CCO"] * 3 and found.causes == {"syntax": 2}
    assert found.fragments == {"CCO": 3} and len(found.values["logP"]) == 3


def test_what_a_file_does_not_keep(tmp_path):
    found = statistics(["C[C@H](N)C(=O)O", "[2H]C", "C.C", "C1CC", None])
    assert found.flat == ["CC(N)C(=O)O", "C", "C.C"] and found.num_stereo == 2
    assert found.causes == Counter(disconnected=1, syntax=1, unknown=1)
    found.save(tmp_path / "set.npz")
    again = MoleculeStatistics.load(tmp_path / "set.npz")
    assert again.flat == again.smiles == []
    assert again.causes == found.causes and again.num_stereo == 2


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other", "pickle"])
def test_damaged_files_are_named(tmp_path, damage):
    path = tmp_path / "set.npz"
    statistics(["CCO", "c1ccccc1CCc1ccccc1"]).save(path)
    content = path.read_bytes()
    if damage == "other":
        np.savez(path, numbers=np.arange(3))
    elif damage == "pickle":
        np.savez(path, num_given=np.array([{}], dtype=object))
    else:
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 255])
        cut = {"empty": 0, "cut": middle, "flipped": middle}[damage]
        rest = flipped + content[middle + 1 :] if damage == "flipped" else b""
        path.write_bytes(content[:cut] + rest)
    with pytest.raises(ValueError, match=r"damaged: delete '.*set\.npz'"):
        MoleculeStatistics.load(path)
    with pytest.raises(FileNotFoundError):
        MoleculeStatistics.load(tmp_path / "none.npz")


def test_nothing_valid():
    found = statistics([None, ""], fcd=True)
    assert repr(found) == "MoleculeStatistics(0 of 2 valid)"
    assert found.fingerprints.shape == (0, 128) and found.chemnet is None


def test_names_what_it_got():
    with pytest.raises(TypeError, match=r"'test' must hold strings or None \(got 1 at 0\)"):
        statistics([1], name="test")
