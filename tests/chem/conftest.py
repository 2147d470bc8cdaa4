import pytest

from pyg_symm.chem import nci_file, parse_smiles, read_smiles


@pytest.fixture(scope="session")
def nci_smiles():
    """Every tenth of the molecules that come with rdkit."""
    return read_smiles(nci_file())[::10]


@pytest.fixture(scope="session")
def valid(nci_smiles):
    """Two hundred of them that are valid."""
    return [smiles for smiles in nci_smiles if parse_smiles(smiles)[0] is not None][::2][:200]
