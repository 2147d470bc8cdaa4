import numpy as np
import pytest

from pyg_symm.chem import canonical_smiles, parse_smiles
from pyg_symm.chem import descriptors as module
from pyg_symm.chem.descriptors import (
    descriptors,
    fingerprint,
    fragments,
    num_fragments,
    scaffold,
)


def test_fingerprints_are_those_of_rdkit(valid):
    from rdkit.Chem import AllChem

    for smiles in valid[:50]:
        mol, _ = parse_smiles(smiles)
        bits = AllChem.GetMorganFingerprintAsBitVect(mol, 2, nBits=1024)
        assert np.unpackbits(fingerprint(mol)).tolist() == list(bits)


def test_fragments_are_joined_by_what_was_cut(valid):
    for smiles in valid:
        mol, _ = parse_smiles(smiles)
        if "*" in smiles or "." in smiles:
            continue
        parts = fragments(mol)
        assert sum(part.count("*") for part in parts) % 2 == 0
        atoms = [
            sum(atom.GetAtomicNum() > 0 for atom in parse_smiles(part)[0].GetAtoms())
            for part in parts
            if parse_smiles(part)[0] is not None
        ]
        assert sum(atoms) <= mol.GetNumAtoms()


def test_scaffolds(valid):
    from rdkit.Chem.Scaffolds import MurckoScaffold

    found = [scaffold(parse_smiles(smiles)[0]) for smiles in valid]
    for smiles, core in zip(valid, found, strict=True):
        mol, _ = parse_smiles(smiles)
        expected = MurckoScaffold.MurckoScaffoldSmiles(mol=mol)
        rings = mol.GetRingInfo().NumRings()
        assert core == (expected if rings >= 2 else None)
    assert len({core for core in found if core}) > 10
    assert scaffold(parse_smiles("Cc1ccccc1")[0], min_rings=1) == "c1ccccc1"


def test_descriptors_do_not_depend_on_how_a_molecule_is_written(valid):
    from rdkit import Chem

    for smiles in valid[:30]:
        mol, _ = parse_smiles(canonical_smiles(smiles))
        other = Chem.MolFromSmiles(Chem.MolToSmiles(mol, doRandom=True))
        assert descriptors(mol) == pytest.approx(descriptors(other), abs=1e-6)


def test_an_rdkit_without_contributions(monkeypatch, tmp_path):
    from rdkit import RDConfig

    module.sa_scorer.cache_clear()
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(ImportError, match="no SA score.*pip install rdkit"):
        descriptors(parse_smiles("C")[0])
    monkeypatch.undo()
    assert module.sa_scorer().calculateScore(parse_smiles("CCO")[0]) > 1


def test_num_fragments():
    assert [num_fragments(parse_smiles(s)[0]) for s in ("CCO", "C.C", "[Na+].[Cl-].O")] == [1, 2, 3]
