import os.path as osp

import pytest


@pytest.fixture(scope="session")
def nci():
    """Two hundred real molecules of every kind, some of them refused by rdkit."""
    from rdkit import RDConfig

    folders = (RDConfig.RDDataDir, RDConfig.RDContribDir)
    paths = [osp.join(folder, "NCI", "first_5K.smi") for folder in folders]
    with open(next(path for path in paths if osp.isfile(path))) as file:
        return [line.split("\t")[0] for line in file][:5000:25]


@pytest.fixture(scope="session")
def valid(nci):
    from pyg_symm.metrics.molecules.smiles import parse

    return [smiles for smiles in nci if parse(smiles)[0] is not None]
