import numpy as np
import pytest

from pyg_symm.metrics.molecules import properties as module
from pyg_symm.metrics.molecules.properties import fingerprint, fragments, properties, scaffold
from pyg_symm.metrics.molecules.smiles import canonical, parse


def test_fingerprints_are_those_of_rdkit(valid):
    from rdkit.Chem import AllChem

    for smiles in valid[:50]:
        mol, _ = parse(smiles)
        bits = AllChem.GetMorganFingerprintAsBitVect(mol, 2, nBits=1024)
        assert np.unpackbits(fingerprint(mol)).tolist() == list(bits)


def test_fragments_are_joined_by_what_was_cut(valid):
    for smiles in valid:
        mol, _ = parse(smiles)
        if "*" in smiles or "." in smiles:
            continue
        parts = fragments(mol)
        assert sum(part.count("*") for part in parts) % 2 == 0
        atoms = [
            sum(atom.GetAtomicNum() > 0 for atom in parse(part)[0].GetAtoms())
            for part in parts
            if parse(part)[0] is not None
        ]
        assert sum(atoms) <= mol.GetNumAtoms()


def test_scaffolds(valid):
    from rdkit.Chem.Scaffolds import MurckoScaffold

    found = [scaffold(parse(smiles)[0]) for smiles in valid]
    for smiles, core in zip(valid, found, strict=True):
        mol, _ = parse(smiles)
        expected = MurckoScaffold.MurckoScaffoldSmiles(mol=mol)
        rings = mol.GetRingInfo().NumRings()
        assert core == (expected if rings >= 2 else None)
    assert len({core for core in found if core}) > 10
    assert scaffold(parse("Cc1ccccc1")[0], min_rings=1) == "c1ccccc1"


def test_properties_do_not_depend_on_how_a_molecule_is_written(valid):
    from rdkit import Chem

    for smiles in valid[:30]:
        mol, _ = parse(canonical(smiles))
        other = Chem.MolFromSmiles(Chem.MolToSmiles(mol, doRandom=True))
        assert properties(mol) == pytest.approx(properties(other), abs=1e-6)


def test_an_rdkit_without_contributions(monkeypatch, tmp_path):
    from rdkit import RDConfig

    module.sa_scorer.cache_clear()
    monkeypatch.setattr(RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(ImportError, match="no SA score.*pip install rdkit"):
        properties(parse("C")[0])
    monkeypatch.undo()
    assert module.sa_scorer().calculateScore(parse("CCO")[0]) > 1
