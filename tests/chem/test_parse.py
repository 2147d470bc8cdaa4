import time

import pytest

from pyg_symm.chem import MoleculeError, MoleculeVocabulary, from_smiles, parse_smiles


def test_reasons(invalid_smiles, capfd):
    smiles, reason = invalid_smiles
    assert parse_smiles(smiles) == (None, reason)
    if smiles is not None:
        with pytest.raises(MoleculeError) as raised:
            from_smiles(smiles, MoleculeVocabulary.moses())
        assert raised.value.reason == reason
    assert capfd.readouterr().err == ""  # The reason is returned, not written.


@pytest.mark.parametrize(
    "smiles", ["C" * 200_000, "C" + "(C" * 100_000 + ")" * 100_000, "(" * 10_000_000]
)
def test_long_strings_are_refused_at_once(smiles):
    begin = time.perf_counter()
    assert parse_smiles(smiles) == (None, "size")
    with pytest.raises(MoleculeError, match=r"\.\.\., \d+ characters"):
        from_smiles(smiles, MoleculeVocabulary.moses())
    assert time.perf_counter() - begin < 1


def test_the_longest_strings_are_parsed():
    mol, reason = parse_smiles("C" * 4000)
    assert reason is None and mol.GetNumAtoms() == 4000
