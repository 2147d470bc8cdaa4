import errno

import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary, from_smiles, read_smiles
from pyg_symm.datasets.graph_files import read_graphs
from pyg_symm.generation import MoleculeSamples
from pyg_symm.generation.scaffolds import judge_scaffolds
from pyg_symm.run.sample_files import sample_files, write_graph_samples, write_molecule_samples

VOCABULARY = MoleculeVocabulary(["C", "N", "O"])
GIVEN = "C1CC1"


@pytest.fixture
def samples():
    """A sample with the given molecule in the smaller of two pieces, and an invalid one."""
    parts = [from_smiles(text, VOCABULARY) for text in (GIVEN, "CCCCO")]
    edge_index = torch.cat([parts[0].edge_index, parts[1].edge_index + 3], dim=1)
    data = Data(
        x=torch.cat([part.x for part in parts]),
        edge_index=edge_index,
        edge_attr=torch.cat([part.edge_attr for part in parts]),
        origin=torch.tensor([0, 1, 2, -1, -1, -1, -1, -1]),
    )
    pair = torch.tensor([[0, 1], [1, 0]])
    oxide = Data(x=torch.full((2, 1), 2), edge_index=pair, edge_attr=torch.tensor([3, 3]))
    return MoleculeSamples.of([data, oxide], VOCABULARY)


def contains(smiles):
    scaffold = from_smiles(GIVEN, VOCABULARY)
    judged = judge_scaffolds([scaffold], [smiles], VOCABULARY)
    return judged[GIVEN]["contain"] == 1


@pytest.mark.parametrize("name", ["a.smi", "a.txt", "a.csv"])
def test_lines_of_smiles_hold_the_given_molecule(samples, tmp_path, name):
    write_molecule_samples(tmp_path / name, samples, VOCABULARY)
    lines = read_smiles(str(tmp_path / name))
    assert lines == [GIVEN, "O#O"] and contains(lines[0])


def test_structures_hold_the_given_molecule(samples, tmp_path):
    from rdkit import Chem

    write_molecule_samples(tmp_path / "a.sdf", samples, VOCABULARY)
    mols = list(Chem.SDMolSupplier(str(tmp_path / "a.sdf")))
    assert [Chem.MolToSmiles(mol) for mol in mols] == [GIVEN]


def test_graphs_hold_the_given_molecule(samples, tmp_path):
    write_molecule_samples(tmp_path / "a.pt", samples, VOCABULARY)
    first, second = read_graphs(tmp_path / "a.pt")
    assert first.origin.tolist() == [0, 1, 2] and first.num_nodes == 3 and second.num_nodes == 2


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_pictures_hold_the_given_molecule(samples, tmp_path, name, monkeypatch):
    drawn = []
    scaffold = from_smiles(GIVEN, VOCABULARY)
    monkeypatch.setattr(
        "pyg_symm.generation.scaffolds.draw_molecules",
        lambda path, smiles, *_, **__: drawn.append(smiles) or open(path, "w").close(),
    )
    write_molecule_samples(tmp_path / name, samples, VOCABULARY, [scaffold])
    assert drawn == [[GIVEN, GIVEN, "", "", "", ""]]
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_contain_is_computed_on_what_is_written(samples):
    scaffold = from_smiles(GIVEN, VOCABULARY)
    both = [scaffold, scaffold]
    judged = judge_scaffolds([scaffold], samples.smiles[:1], VOCABULARY)
    assert judged[GIVEN]["contain"] == 1.0
    rows = judge_scaffolds(both, [GIVEN, "CCCCO"], VOCABULARY)
    assert {name: row["contain"] for name, row in rows.items()} == {GIVEN: 1.0, f"{GIVEN} (2)": 0.0}


@pytest.mark.parametrize("name", ["a.smi", "a.csv", "a.png", "a.sdf", "a.pt"])
def test_a_full_disk_leaves_the_former_file(samples, tmp_path, name, monkeypatch):
    file = tmp_path / name
    file.write_text("former")

    def replace(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(OSError, match=f"No space left.*{name}"):
        write_molecule_samples(file, samples, VOCABULARY)
    assert file.read_text() == "former" and len(list(tmp_path.iterdir())) == 1


def test_other_graphs(tmp_path):
    edge_index = torch.tensor([[0, 1], [1, 0]])
    graph = Data(edge_index=edge_index, num_nodes=2, block_id=torch.zeros(2, dtype=torch.long))
    for name in ("a.g6", "a.pt", "a.png"):
        write_graph_samples(tmp_path / name, [graph])
        assert (tmp_path / name).stat().st_size > 0
    assert read_graphs(tmp_path / "a.g6")[0].num_nodes == 2


def test_names_of_files(tmp_path):
    assert sample_files(None, tmp_path, True) == [
        tmp_path / "samples.smi",
        tmp_path / "samples.png",
    ]
    assert sample_files("b.g6", tmp_path, False) == [tmp_path / "b.g6"]
    assert sample_files(["/c.pt"], tmp_path, False)[0].is_absolute()
    for out, molecules in (("a.xyz", True), ("a.smi", False), (["a.pt", "a.exe"], True)):
        with pytest.raises(ValueError, match="'out' must end in one of"):
            sample_files(out, tmp_path, molecules)
    (tmp_path / "d.smi").mkdir()
    with pytest.raises(ValueError, match="'out' must be a file .got the folder"):
        sample_files("d.smi", tmp_path, True)
