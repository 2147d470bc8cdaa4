import pickle

import pytest

from pyg_symm.chem import REASONS, MoleculeError


def test_molecule_error():
    error = MoleculeError("valence", "Too many bonds")
    assert isinstance(error, ValueError) and error.reason == "valence"
    assert str(error) == f"Too many bonds [valence: {REASONS['valence']}]"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.reason, str(again)) == (MoleculeError, "valence", str(error))


def test_reasons_are_known():
    with pytest.raises(ValueError, match=r"'reason' must be one of .* \(got 'ugly'\)"):
        MoleculeError("ugly", "It is")
