import pickle

import pytest

from pyg_symm.chem import MoleculeFilter, parse_smiles

# Of the kinds that MOSES has: on atoms, on bonds, on drawn hydrogens, recursive.
ALERTS = [
    "[#6]=&!@[#6]-[#6]#[#7]",
    "[N+](=O)[O-]",
    "c-[#8]-[#1]",
    "[#6]-[#7](-[#1])-[#1]",
    "[C;$(C=O)]Cl",
    "S",
    "c:1:c:c(:c:c:c:1-[#6;X4])-[#7&H2,$([#7;!H0]-[#6;X4])]",
]


def brute_force(mol, alerts):
    from rdkit import Chem

    full = Chem.AddHs(mol)
    return (
        all(len(ring) < 8 for ring in mol.GetRingInfo().AtomRings())
        and all(atom.GetFormalCharge() == 0 for atom in mol.GetAtoms())
        and all(
            atom.GetSymbol() in {"C", "N", "S", "O", "F", "Cl", "Br", "H"}
            for atom in mol.GetAtoms()
        )
        and not any(full.HasSubstructMatch(Chem.MolFromSmarts(alert)) for alert in alerts)
    )


def test_the_screen_loses_no_alert(valid):
    mols = [parse_smiles(smiles)[0] for smiles in valid]
    for alerts in ([alert] for alert in ALERTS):
        verdicts = [MoleculeFilter(alerts)(mol) for mol in mols]
        assert verdicts == [brute_force(mol, alerts) for mol in mols]
    verdicts = [MoleculeFilter(ALERTS)(mol) for mol in mols]
    assert verdicts == [brute_force(mol, ALERTS) for mol in mols]
    assert 0 < sum(verdicts) < len(verdicts)


@pytest.mark.parametrize(
    "smiles, expected",
    [("CCO", True), ("C1CCCCCC1", True), ("C1CCCCCCC1", False), ("C[NH3+]", False), ("CI", False)],
)
def test_without_alerts(smiles, expected):
    assert MoleculeFilter([])(parse_smiles(smiles)[0]) is expected


def test_repr_and_pickle():
    passes = pickle.loads(pickle.dumps(MoleculeFilter(ALERTS)))
    assert repr(passes) == "MoleculeFilter(7 alerts)"
    assert not passes(parse_smiles("Oc1ccccc1")[0])


def test_what_is_no_pattern():
    with pytest.raises(ValueError, match=r"'smarts' must be SMARTS patterns \(got 'C\('\)"):
        MoleculeFilter(["C", "C("])(parse_smiles("C")[0])
