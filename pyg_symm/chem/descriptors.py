"""Descriptors, fingerprints and parts of one molecule, as MOSES compares them."""

import functools
import importlib.util
import os.path as osp
from typing import Any

import numpy as np

from .toolkit import rdkit

DESCRIPTORS = ("logP", "SA", "QED", "weight")
NUM_BITS = 1024
RADIUS = 2


def descriptors(mol: Any) -> tuple[float, float, float, float]:
    r"""The values of :data:`DESCRIPTORS` of a molecule.

    - **logP:** octanol-water partition by `Crippen's atom contributions
      <https://doi.org/10.1021/ci990307l>`_
    - **SA:** synthetic accessibility from 1, easy, to 10 (`Ertl and Schuffenhauer
      <https://doi.org/10.1186/1758-2946-1-8>`_)
    - **QED:** drug-likeness in :math:`[0, 1]` (`Bickerton et al.
      <https://doi.org/10.1038/nchem.1243>`_)
    - **weight:** average molecular weight in g/mol

    Args:
        mol (rdkit.Chem.Mol): A sanitised molecule.

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> [round(value, 2) for value in descriptors(parse_smiles("CC(=O)Oc1ccccc1C(=O)O")[0])]
        [1.31, 1.58, 0.55, 180.16]
    """
    qed = rdkit("Chem.QED")
    parts = qed.properties(mol)
    # QED computes logP as well, without hydrogens that are atoms of the graph.
    same = mol.GetNumHeavyAtoms() == mol.GetNumAtoms()
    return (
        parts.ALOGP if same else rdkit("Chem.Crippen").MolLogP(mol),
        sa_scorer().calculateScore(mol),
        qed.qed(mol, qedProperties=parts),
        rdkit("Chem.Descriptors").MolWt(mol),
    )


@functools.cache
def sa_scorer() -> Any:
    r"""The scorer of synthetic accessibility, which is part of rdkit's contributed code.

    Raises:
        ImportError: If the installed rdkit comes without its contributions.
    """
    path = osp.join(rdkit("RDConfig").RDContribDir, "SA_Score", "sascorer.py")
    if not osp.isfile(path):
        raise ImportError(
            f"The installed rdkit brings no SA score, there is no '{path}'; "
            "the wheel of the package index has it: pip install rdkit"
        )
    # Loaded by its path: the folder is no package, and in `sys.path` it could hide modules.
    spec = importlib.util.spec_from_file_location("rdkit_contrib_sascorer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def _morgan() -> Any:
    generator = rdkit("Chem.rdFingerprintGenerator")
    return generator.GetMorganGenerator(radius=RADIUS, fpSize=NUM_BITS)


def fingerprint(mol: Any) -> np.ndarray:
    r"""The Morgan fingerprint of radius 2 on 1,024 bits, eight of them a byte.

    Args:
        mol (rdkit.Chem.Mol): A sanitised molecule.

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> bits = fingerprint(parse_smiles("CCO")[0])
        >>> bits.shape, int(np.unpackbits(bits).sum())
        ((128,), 6)
    """
    return np.packbits(_morgan().GetFingerprintAsNumPy(mol))


def fragments(mol: Any) -> list[str]:
    r"""The parts between the bonds that BRICS cuts, with the types of the cuts.

    Paper: `Degen et al. <https://doi.org/10.1002/cmdc.200800178>`_

    Args:
        mol (rdkit.Chem.Mol): A sanitised molecule.

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> sorted(fragments(parse_smiles("CCOc1ccccc1")[0]))
        ['[16*]c1ccccc1', '[3*]O[3*]', '[4*]CC']
    """
    chem = rdkit("Chem")
    return chem.MolToSmiles(chem.FragmentOnBRICSBonds(mol)).split(".")


def scaffold(mol: Any, min_rings: int = 2) -> str | None:
    r"""The rings of a molecule and what links them, or :obj:`None` if there are few rings.

    Paper: `Bemis and Murcko <https://doi.org/10.1021/jm9602928>`_

    Args:
        mol (rdkit.Chem.Mol): A sanitised molecule.
        min_rings (int, optional): The least number of rings. (default: :obj:`2`)

    Examples:
        >>> from pyg_symm.chem import parse_smiles
        >>> scaffold(parse_smiles("Cc1ccccc1CC1CC1")[0])
        'c1ccc(CC2CC2)cc1'
        >>> scaffold(parse_smiles("Cc1ccccc1")[0]) is None
        True
    """
    # Counted in the molecule, which costs nothing: linkers add no rings.
    if mol.GetRingInfo().NumRings() < min_rings:
        return None
    try:
        found = rdkit("Chem.Scaffolds.MurckoScaffold").GetScaffoldForMol(mol)
    except (
        ValueError,
        RuntimeError,
    ):  # Some scaffolds cannot be sanitised without their substituents.
        return None
    return rdkit("Chem").MolToSmiles(found) or None


def num_fragments(mol: Any) -> int:
    """The number of connected components of a molecule."""
    return len(rdkit("Chem").GetMolFrags(mol))
