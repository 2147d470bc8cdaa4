import pytest

from pyg_symm.metrics import invalid_causes
from pyg_symm.metrics.molecules.smiles import canonical, flat, parse, smiles_list


def test_reasons(invalid_smiles, capfd):
    smiles, reason = invalid_smiles
    assert parse(smiles) == (None, reason)
    assert canonical(smiles) is None and flat(smiles) is None
    assert capfd.readouterr().err == ""  # What is wrong is returned, not written.


def test_canonical():
    assert canonical("OCC") == canonical("C(O)C") == "CCO"
    assert canonical("F/C=C/F") == "F/C=C/F" and flat("F/C=C/F") == "FC=CF"
    assert flat("[13CH4]") == "C"


def test_causes(nci):
    outputs = [*nci, None, None, "C(C)(C)(C)(C)C", "c1cccc1", "x"]
    causes = invalid_causes(outputs)
    invalid = sum(canonical(smiles) is None for smiles in outputs)
    total = sum(value for name, value in causes.items() if name != "disconnected")
    assert round(total * len(outputs)) == invalid
    pieces = sum(canonical(s) is not None and "." in s for s in outputs if s)
    assert causes["disconnected"] * len(outputs) == pytest.approx(pieces)
    assert causes == invalid_causes(outputs, workers=2) == invalid_causes(outputs[::-1])


def test_nothing():
    zero = {"valence": 0.0, "kekulization": 0.0, "disconnected": 0.0}
    assert invalid_causes([]) == zero and invalid_causes(["C"]) == zero


def test_what_is_no_list_of_smiles():
    with pytest.raises(TypeError, match="'train' must be a list of SMILES .* 'CCO'"):
        smiles_list("train", "CCO")
    with pytest.raises(TypeError, match=r"'test' must hold strings or None \(got 3 at 1\)"):
        smiles_list("test", ["CCO", 3])
    assert smiles_list("x", iter(["C", None])) == ["C", None]
