"""Small wheels, files like those of MNIST, and tables of QM9 with three molecules."""

import gzip
import hashlib
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from pyg_symm.utils.wheel import Wheel

_NAMES = (
    "XYZ_file,Index,SMILES,Elements,XYZ_Ang,RotA_GHz,RotB_GHz,RotC_GHz,Dipole_debye,"
    "Polarizability_bohr3,HOMO_au,LUMO_au,HOMO_LUMO_gap_au,R2_bohr2,ZPVE_au,"
    "InternalEnergy_0K_au,InternalEnergy_298K_au,Enthalphy_298K_au,GibbsFreeEnergy_298K_au,"
    "Heatcapacity_Cv_cal_mol_K"
)
_METHANE = (
    """1,"C","['C','H','H','H','H']","[[-0.0126981359,1.0858041578,0.0080009958],"""
    "[0.002150416,-0.0060313176,0.0019761204],[1.0117308433,1.4637511618,0.0002765748],"
    "[-0.540815069,1.4475266138,-0.8766437152],[-0.5238136345,1.4379326443,0.9063972942]]"
    '",157.7118,157.70997,157.70699,0.,13.21,-0.3877,0.1171,0.5048,35.3641,0.044749,'
    "-40.47893,-40.476062,-40.475117,-40.498597,6.469"
)
_WATER = (
    """3,"O","['O','H','H']","[[-0.0343604951,0.9775395708,0.0076015923],"""
    "[0.0647664923,0.0205721989,0.0015346341],[0.8717903737,1.3007924048,0.0006931336]]"
    '",799.58812,437.90386,282.94545,1.8511,6.31,-0.2928,0.0687,0.3615,19.0002,0.021375,'
    "-76.404702,-76.401867,-76.400922,-76.422349,6.002"
)
_CYANIDE = (
    """5,"C#N","['C','N','H']","[[-0.0133239314,1.1324657151,0.0082758861],"""
    "[0.0023107217,-0.0191585871,0.0019287305],[-0.0278026991,2.1989492963,0.0141537903]]"
    '",0.,44.593883,44.593883,2.8937,12.99,-0.3604,0.0191,0.3796,48.7476,0.016601,'
    "-93.411888,-93.40937,-93.408425,-93.431246,6.278"
)


def _table(*rows):
    return "\n".join([_NAMES, *(f'"dsgdb9nsd.xyz",{row}' for row in rows), ""]).encode()


def _write_wheel(raw, members):
    """Writes a wheel with these members into a folder, and describes it."""
    raw.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(raw / "mini-1.0-py3-none-any.whl", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    return Wheel("mini", "1.0", sums)


def _write_idx(path, values, compressed):
    shape = np.array(values.shape, dtype=">i4").tobytes()
    content = bytes([0, 0, 8, values.ndim]) + shape + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content, 1) if compressed else content)


def _write_mnist(folder, name, num, compressed=True, labels=None, images=None):
    """Images, of noise with their number in a corner if none are given, and classes in turn."""
    end = ".gz" if compressed else ""
    if images is None:
        images = np.random.RandomState(0).randint(0, 256, (num, 28, 28))
        images[:, 0, 0] = np.arange(num) % 256
    y = np.arange(num) % 10 if labels is None else labels
    _write_idx(folder / f"{name}-images-idx3-ubyte{end}", images, compressed)
    _write_idx(folder / f"{name}-labels-idx1-ubyte{end}", y, compressed)
    return images


@pytest.fixture(scope="session")
def write_mnist():
    """Writes images and classes in the format of MNIST, and returns the images."""
    return _write_mnist


@pytest.fixture
def write_wheel():
    """Writes a wheel of the given members."""
    return _write_wheel


@pytest.fixture
def qm9():
    """Rows of the tables, and a function that makes tables of them."""
    return SimpleNamespace(rows=[_METHANE, _WATER, _CYANIDE], table=_table)
