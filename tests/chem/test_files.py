import gzip

import pytest
import torch
from rdkit import Chem

from pyg_symm.chem import MoleculeVocabulary, from_smiles, read_smiles, write_molecules

MOSES = MoleculeVocabulary.moses()
SMILES = ["CCO", "c1ccccc1", "CC(=O)O"]


def write(path, text):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt") as file:
        file.write(text)
    return str(path)


@pytest.mark.parametrize("ending", [".smi", ".smiles", ".txt", ".smi.gz"])
def test_lines(tmp_path, ending):
    path = write(tmp_path / f"m{ending}", "CCO ethanol\nc1ccccc1\tbenzene\n\nCC(=O)O\n")
    assert read_smiles(path) == SMILES
    path = write(tmp_path / f"named{ending}", "SMILES name\nCCO ethanol\n\tnothing\n")
    assert read_smiles(path) == ["CCO", ""]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv"])
def test_tables(tmp_path, ending):
    rows = [["id", "Smiles", "name"], *([str(i), s, "x"] for i, s in enumerate(SMILES))]
    text = "\n".join(("\t" if ending == ".tsv" else ",").join(row) for row in rows)
    path = write(tmp_path / f"m{ending}", text)
    assert read_smiles(path) == SMILES
    assert read_smiles(path, column="id") == ["0", "1", "2"]
    with pytest.raises(ValueError, match=r"no column 'mol' \(got .* with \['id', 'Smiles', 'na"):
        read_smiles(path, column="mol")


def test_nothing_to_read(tmp_path):
    with pytest.raises(ValueError, match="no column 'smiles'"):
        read_smiles(write(tmp_path / "m.csv", ""))
    assert read_smiles(write(tmp_path / "m.smi", "")) == []
    with pytest.raises(ValueError, match=r"'path' must end in one of .* \(got 'm.xyz'\)"):
        read_smiles("m.xyz")
    with pytest.raises(FileNotFoundError):
        read_smiles(str(tmp_path / "none.smi"))


def test_damaged(tmp_path):
    path = write(tmp_path / "m.smi.gz", "CCO\n" * 10_000)
    content = open(path, "rb").read()
    open(path, "wb").write(content[: len(content) // 2])
    with pytest.raises(ValueError, match="'path' is damaged"):
        read_smiles(path)
    open(path, "wb").write(b"CCO\n")
    with pytest.raises(ValueError, match="'path' is damaged"):
        read_smiles(path)


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
    graphs = torch.load(path, weights_only=False)
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
