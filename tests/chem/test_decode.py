import pytest
import torch
from rdkit import Chem
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeError, MoleculeVocabulary, from_smiles, to_mol, to_smiles

MOSES = MoleculeVocabulary.moses()


def graph(atoms, bonds):
    both = [(i, j, kind) for i, j, kind in bonds] + [(j, i, kind) for i, j, kind in bonds]
    table = torch.tensor(sorted(both), dtype=torch.long).view(-1, 3)
    return Data(
        x=torch.tensor(atoms, dtype=torch.long).view(-1, 1),
        edge_index=table[:, :2].t(),
        edge_attr=table[:, 2],
    )


def test_order_of_nodes_does_not_matter():
    data = from_smiles("CC(=O)Oc1ccccc1C(=O)O", MOSES)
    order = torch.randperm(data.num_nodes, generator=torch.Generator().manual_seed(0))
    shuffled = Data(data.x[order], order.argsort()[data.edge_index], data.edge_attr)
    assert to_smiles(shuffled, MOSES) == data.smiles


def test_sanitize():
    five = graph([0, 0, 0, 0, 0, 0], [(0, i, 1) for i in range(1, 6)])
    assert to_mol(five, MOSES, sanitize=False).GetNumBonds() == 5
    with pytest.raises(MoleculeError) as caught:
        to_mol(five, MOSES)
    assert caught.value.reason == "valence" and "valence" in str(caught.value)
    assert to_smiles(five, MOSES) is None


def test_hydrogens_are_implied():
    mol = to_mol(graph([0, 3], [(0, 1, 1)]), MOSES)
    assert Chem.MolToSmiles(mol) == "CO"
    assert sum(atom.GetTotalNumHs() for atom in mol.GetAtoms()) == 4
    vocabulary = MoleculeVocabulary.qm9()
    assert to_smiles(graph([1, 3, 0], [(0, 1, 1), (1, 2, 1)]), vocabulary) == "CO"


def test_fragments():
    assert to_smiles(graph([0, 3, 1], [(0, 1, 2)]), MOSES) == "C=O.N"


def test_empty():
    empty = graph([], [])
    assert to_smiles(empty, MOSES) is None
    with pytest.raises(MoleculeError) as caught:
        to_mol(empty, MOSES)
    assert caught.value.reason == "empty"


@pytest.mark.parametrize(
    "data, message",
    [
        (graph([7], []), r"'x' must be a class of atoms, 0 to 6 \(got 7\)"),
        (graph([-1], []), r"'x' must be a class of atoms, 0 to 6 \(got -1\)"),
        (graph([0, 0], [(0, 1, 4)]), r"'edge_attr' must be a class of bonds, 1 to 3 \(got 4\)"),
        (graph([0, 0], [(0, 1, 0)]), r"'edge_attr' .* \(got 0\)"),
        (graph([0, 0], [(0, 0, 1)]), r"must not have loops \(got one of node 0\)"),
        (graph([0, 0], [(0, 1, 1), (0, 1, 1)]), r"must not have a bond twice"),
        (
            Data(torch.zeros(2, 1).long(), torch.tensor([[0], [1]]), torch.tensor([1])),
            r"both directions .* \(got \(0, 1\)\)",
        ),
        (
            Data(torch.zeros(2, 1).long(), torch.tensor([[0, 1], [1, 0]]), torch.tensor([1, 2])),
            r"with equal classes",
        ),
        (Data(torch.zeros(2, 1).long()), r"must have 'x', 'edge_index' and 'edge_attr'"),
        (graph([0, 0], [(0, 2, 1)]), r"'edge_index' must be of 2 nodes \(got 0..2\)"),
        (
            Data(torch.eye(2).long(), torch.zeros(2, 0).long(), torch.zeros(0).long()),
            r"'x' must be one class, .* \(got torch.int64 of shape \[2, 2\]\)",
        ),
        (
            Data(torch.zeros(2, 1), torch.zeros(2, 0).long(), torch.zeros(0).long()),
            r"'x' must be one class, an integer, in each row \(got torch.float32",
        ),
        (
            Data(torch.zeros(2, 1).long(), torch.tensor([[0, 1], [1, 0]]), torch.tensor([1])),
            r"'edge_attr' must have a class for each of 2 edges \(got 1\)",
        ),
    ],
)
def test_refused(data, message):
    with pytest.raises(ValueError, match=message) as caught:
        to_smiles(data, MOSES)
    assert not isinstance(caught.value, MoleculeError)
