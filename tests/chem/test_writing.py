import pytest
import torch
from rdkit import Chem

from pyg_symm.chem import MoleculeVocabulary, from_smiles, read_smiles, write_molecules
from pyg_symm.utils import load_tensors

MOSES = MoleculeVocabulary.moses()
SMILES = ["CCO", "c1ccccc1", "CC(=O)O"]


@pytest.mark.parametrize("ending", [".smi", ".txt", ".csv", ".tsv", ".csv.gz", ".smi.gz"])
def test_write_smiles(tmp_path, ending):
    path = str(tmp_path / f"m{ending}")
    broken = from_smiles("CC", MOSES).update({"edge_attr": torch.tensor([0, 0])})
    five = from_smiles("CC(C)(C)C", MOSES)
    five.edge_attr[:] = 2  # No molecule.
    molecules = ["OCC", *(from_smiles(s, MOSES) for s in SMILES[1:]), "C(", five]
    assert write_molecules(path, molecules, MOSES) == 3
    assert read_smiles(path) == SMILES
    with pytest.raises(ValueError, match="'edge_attr'"):
        write_molecules(path, [broken], MOSES)
    assert read_smiles(path) == SMILES  # What was there is still whole.
    assert len(list(tmp_path.iterdir())) == 1


def test_write_structures(tmp_path):
    path = str(tmp_path / "m.sdf")
    assert write_molecules(path, ["CCO", from_smiles("c1ccccc1", MOSES), "?"], MOSES) == 2
    mols = list(Chem.SDMolSupplier(path))
    assert [Chem.MolToSmiles(mol) for mol in mols] == ["CCO", "c1ccccc1"]
    assert mols[1].GetConformer().GetPositions().any()


def test_write_graphs(tmp_path):
    path = str(tmp_path / "m.pt")
    assert write_molecules(path, ["OCC", from_smiles("C", MOSES)], MOSES) == 2
    graphs = load_tensors(path, "")
    assert [data.smiles for data in graphs] == ["CCO", "C"]


def test_refused(tmp_path):
    for name in ("m.mol2", "m", "m.pt.gz"):
        with pytest.raises(ValueError, match="'path' must"):
            write_molecules(str(tmp_path / name), SMILES)
    for name in ("m.smi", "m.sdf"):
        with pytest.raises(ValueError, match="'vocabulary' is needed"):
            write_molecules(str(tmp_path / name), [from_smiles("C", MOSES)])
    with pytest.raises(ValueError, match="'vocabulary' is needed"):
        write_molecules(str(tmp_path / "m.pt"), SMILES)
    assert list(tmp_path.iterdir()) == []
