import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdDepictor

from pyg_symm.chem import parse_smiles
from pyg_symm.chem.layout import lay_out, num_faults

# Samples that the usual layout draws with crossings.
TANGLED = [
    "O=C1OC2COC=NC=C1C(=O)n1ncnc1S2",
    "CC1=C(C)CN2C=C(C(=O)O)C=C1C2CC",
    "C1CC2CCC1CCC2",
    "O=C1NC2CCCC1CCCCCCN2",
]


def usual(smiles):
    mol = Chem.MolFromSmiles(smiles)
    rdDepictor.Compute2DCoords(mol)
    return mol


def test_faults():
    square = Chem.MolFromSmiles("CCCC")
    assert num_faults(usual("CCCC")) == 0 and num_faults(usual("C")) == 0
    rdDepictor.Compute2DCoords(square)
    conformer = square.GetConformer()
    for atom, (x, y) in enumerate([(0, 0), (1, 1), (1, 0), (0, 1)]):
        conformer.SetAtomPosition(atom, (float(x), float(y), 0.0))
    assert num_faults(square) == 1  # The first bond and the last cross.
    conformer.SetAtomPosition(3, (2.0, 0.0, 0.0))
    assert num_faults(square) == 0
    conformer.SetAtomPosition(3, (0.1, -0.1, 0.0))
    assert num_faults(square) == 1  # The first atom and the last nearly coincide.


@pytest.mark.parametrize("smiles", TANGLED)
def test_tangles(smiles):
    assert num_faults(lay_out(parse_smiles(smiles)[0])) <= num_faults(usual(smiles))


def test_fewer_faults_than_the_usual_layout(nci_smiles):
    smiles = [text for text in [*nci_smiles, *TANGLED] if parse_smiles(text)[0] is not None]
    mols = [parse_smiles(text)[0] for text in smiles]
    ours = [num_faults(lay_out(mol)) for mol in mols]
    theirs = [num_faults(usual(text)) for text in smiles]
    assert sum(ours) < sum(theirs)
    assert all(mol.GetNumConformers() == 0 for mol in mols)  # They are left unchanged.
    assert not rdDepictor.GetPreferCoordGen()


def test_the_longest_side_is_horizontal():
    pos = lay_out(parse_smiles("CCCCCCCCCC")[0]).GetConformer().GetPositions()
    width, height, _ = np.ptp(pos, axis=0)
    assert width > 4 * height
