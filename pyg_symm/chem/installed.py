"""Files that are installed with rdkit."""

import os.path as osp

from .toolkit import rdkit


def nci_file() -> str:
    r"""The path of 4,999 SMILES of the National Cancer Institute, one a line.

    Raises:
        ImportError: If rdkit is not installed.
        FileNotFoundError: If rdkit was installed without its data.
    """
    config = rdkit("RDConfig")
    paths = [
        osp.join(folder, "NCI", "first_5K.smi")
        for folder in (config.RDDataDir, config.RDContribDir)
    ]
    for path in paths:
        if osp.isfile(path):
            return path
    raise FileNotFoundError(
        f"The installed rdkit has no 'NCI/first_5K.smi' (tried {paths}); the wheel of the package "
        "index has it: pip install rdkit"
    )
