import pytest

from pyg_symm.chem import (
    MoleculeVocabulary,
    canonical_smiles,
    flat_smiles,
    from_smiles,
    mol_to_smiles,
    parse_smiles,
)


def test_canonical():
    assert canonical_smiles("OCC") == canonical_smiles("C(O)C") == "CCO"
    assert canonical_smiles("F/C=C/F") == "F/C=C/F"
    assert canonical_smiles("F/C=C/F", stereo=False) == "FC=CF"
    assert canonical_smiles("C1CC") is None and canonical_smiles(None) is None
    assert mol_to_smiles(parse_smiles("OCC")[0]) == "CCO"


@pytest.mark.parametrize(
    "smiles, expected",
    [
        ("F/C=C/F", "FC=CF"),
        ("[13CH4]", "C"),
        ("[2H]O[2H]", "O"),
        ("[H]/N=C/C", "CC=N"),
        ("[H]/N=C(\\N)c1ccccc1", "N=C(N)c1ccccc1"),
        ("[CH3:1][OH:2]", "CO"),
        ("C[C@H](N)C(=O)O", "CC(N)C(=O)O"),
        ("C1CC", None),
        (None, None),
    ],
)
def test_flat_smiles_are_what_a_graph_can_express(smiles, expected):
    assert flat_smiles(smiles) == expected
    if expected is not None:
        assert from_smiles(smiles, MoleculeVocabulary.nci()).smiles == expected
