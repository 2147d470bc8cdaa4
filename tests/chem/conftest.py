import pytest

from pyg_symm.chem import read_smiles
from pyg_symm.datasets import nci5k


@pytest.fixture(scope="session")
def nci_smiles():
    """Every tenth of the molecules that come with rdkit."""
    return read_smiles(nci5k._installed_file())[::10]
