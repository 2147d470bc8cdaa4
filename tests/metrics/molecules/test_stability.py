import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.metrics import stability

SYMBOLS = ["H", "C", "N", "O", "F"]
CLASSES = {1.0: 1, 2.0: 2, 3.0: 3, 1.5: 4}


def graph(smiles, kekulize=True):
    from rdkit import Chem

    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    if kekulize:
        Chem.Kekulize(mol, clearAromaticFlags=True)
    bonds = [
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), b.GetBondTypeAsDouble()) for b in mol.GetBonds()
    ]
    pairs = [(u, v) for u, v, _ in bonds] + [(v, u) for u, v, _ in bonds]
    return Data(
        x=torch.tensor([[SYMBOLS.index(a.GetSymbol())] for a in mol.GetAtoms()]),
        edge_index=torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T,
        edge_attr=torch.tensor([CLASSES[order] for *_, order in bonds] * 2, dtype=torch.long),
    )


def literal(data):
    """The rule, atom by atom."""
    orders = [0, 1, 2, 3, 1.5]
    wanted = {"H": 1, "C": 4, "N": 3, "O": 2, "F": 1}
    found = []
    for atom, kind in enumerate(data.x.flatten().tolist()):
        total = sum(
            orders[bond]
            for source, bond in zip(
                data.edge_index[0].tolist(), data.edge_attr.tolist(), strict=True
            )
            if source == atom
        )
        found.append(total == wanted[SYMBOLS[kind]])
    return found


@pytest.mark.parametrize("smiles", ["C", "C#N", "CC(=O)N", "c1ccccc1F", "O=C=O", "c1cc[nH]c1"])
def test_neutral_molecules_are_stable(smiles):
    found = stability([graph(smiles)], SYMBOLS)
    assert found == {"n": 1, "atom_stable": 1.0, "molecule_stable": 1.0}


def test_aromatic_bonds_count_one_and_a_half():
    assert stability([graph("c1ccccc1", kekulize=False)], SYMBOLS)["molecule_stable"] == 1
    # Three halves and a single bond are no valence of nitrogen: its hydrogen is one too many.
    assert stability([graph("c1cc[nH]c1", kekulize=False)], SYMBOLS)["molecule_stable"] == 0


def test_against_the_literal_rule():
    generator = torch.Generator().manual_seed(0)
    smiles = ["C", "CCO", "C[NH3+]", "C#N", "c1ccccc1F", "[CH3]", "[OH-]"]
    graphs = [graph(text) for text in smiles]
    for data in [graph(text) for text in smiles]:
        noise = torch.rand(data.num_edges, generator=generator) < 0.2
        data.edge_attr[noise] = torch.randint(5, (int(noise.sum()),), generator=generator)
        graphs.append(data)
    found = stability(graphs, SYMBOLS)
    verdicts = [literal(data) for data in graphs]
    atoms = [verdict for molecule in verdicts for verdict in molecule]
    assert found["atom_stable"] == sum(atoms) / len(atoms)
    assert found["molecule_stable"] == sum(map(all, verdicts)) / len(graphs)
    assert 0 < found["molecule_stable"] < found["atom_stable"] < 1
    assert stability(graphs[::-1], SYMBOLS) == found


def test_nothing():
    zero = {"atom_stable": 0.0, "molecule_stable": 0.0}
    assert stability([], SYMBOLS) == {"n": 0, **zero}
    empty = Data(
        x=torch.zeros(0, 1, dtype=torch.long), edge_index=torch.zeros(2, 0, dtype=torch.long)
    )
    assert stability([empty], SYMBOLS) == {"n": 1, **zero}


def test_elements_without_a_valence_are_never_stable():
    data = graph("FC(F)(F)F")
    found = stability([data], SYMBOLS, valences={"C": 4})
    assert found == {"n": 1, "atom_stable": 0.2, "molecule_stable": 0.0}


def test_errors():
    data = graph("C")
    with pytest.raises(ValueError, match=r"'x' must lie in 0\.\.0 \(got 0\.\.1\)"):
        stability([data], ["H"])
    with pytest.raises(ValueError, match="'edge_attr' must hold classes.*float32"):
        stability([Data(x=data.x, edge_index=data.edge_index, edge_attr=torch.rand(8, 5))], SYMBOLS)
    with pytest.raises(ValueError, match="a bond class for every edge"):
        stability([Data(x=data.x, edge_index=data.edge_index)], SYMBOLS)
    with pytest.raises(ValueError, match="must have x and edge_index"):
        stability([Data(edge_index=data.edge_index)], SYMBOLS)
