"""The classes of atoms and bonds of an encoding."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .elements import SYMBOLS, atomic_number
from .toolkit import rdkit, silent

_ATOM = re.compile(r"([A-Z][a-z]?)(?:([+-])(\d*))?")
_BONDS = {
    "kekule": ("none", "single", "double", "triple"),
    "aromatic": ("none", "single", "double", "triple", "aromatic"),
}
_ORDERS = {"none": 0.0, "single": 1.0, "double": 2.0, "triple": 3.0, "aromatic": 1.5}
_MOST_BONDS = 8  # A maximum for metals, for which rdkit knows no valence.


@dataclass(frozen=True)
class MoleculeVocabulary:
    r"""The classes of atoms and bonds of an encoding of molecules.

    Args:
        atoms (Sequence of str): Symbols of the elements in the order of their classes, with the
            formal charge, if any: ``"N"``, ``"N+"``, ``"O-"``, ``"Co+3"``.
        bonds (str, optional): ``"kekule"`` has the classes none, single, double and triple;
            ``"aromatic"`` a fifth for aromatic bonds. The latter loses the hydrogen of aromatic
            N-H: a molecule that has one is read back as invalid, or as another one, as in
            published models. (default: ``"kekule"``)
        explicit_hydrogens (bool, optional): Whether hydrogens are nodes. (default: :obj:`False`)

    Raises:
        ValueError: If an atom is not a symbol with a charge, or occurs twice, if ``bonds`` is
            neither of these, or if hydrogens are to be nodes and have no class.

    Examples:
        >>> vocabulary = MoleculeVocabulary(["C", "N", "O", "N+", "O-"])
        >>> vocabulary.num_atom_classes, vocabulary.num_bond_classes
        (5, 4)
        >>> vocabulary.max_valence
        tensor([4, 3, 2, 4, 1])
        >>> MoleculeVocabulary.from_dict(vocabulary.to_dict()) == vocabulary
        True
    """

    atoms: tuple[str, ...]
    bonds: str = "kekule"
    explicit_hydrogens: bool = False

    def __init__(
        self, atoms: Sequence[str], bonds: str = "kekule", explicit_hydrogens: bool = False
    ) -> None:
        if isinstance(atoms, str) or not atoms:
            raise ValueError(f"'atoms' must be a list of symbols (got {atoms!r})")
        keys = [parse_atom(atom) for atom in atoms]
        if len(set(keys)) < len(keys):
            raise ValueError(f"'atoms' must not have an atom twice (got {list(atoms)})")
        if not isinstance(bonds, str) or bonds not in _BONDS:
            raise ValueError(f"'bonds' must be 'kekule' or 'aromatic' (got {bonds!r})")
        if explicit_hydrogens and "H" not in atoms:
            raise ValueError(f"'atoms' must have 'H' if hydrogens are nodes (got {list(atoms)})")
        object.__setattr__(self, "atoms", tuple(atoms))
        object.__setattr__(self, "bonds", bonds)
        object.__setattr__(self, "explicit_hydrogens", bool(explicit_hydrogens))

    @classmethod
    def moses(cls, bonds: str = "kekule") -> "MoleculeVocabulary":
        """The atoms of MOSES."""
        return cls(("C", "N", "S", "O", "F", "Cl", "Br"), bonds)

    @classmethod
    def qm9(cls, explicit_hydrogens: bool = True, charges: bool = False) -> "MoleculeVocabulary":
        """The atoms of QM9, and optionally the charged ones of its zwitterions."""
        atoms = ("H", "C", "N", "O", "F") if explicit_hydrogens else ("C", "N", "O", "F")
        charged = ("C-", "N+", "N-", "O-") if charges else ()
        return cls(atoms + charged, explicit_hydrogens=explicit_hydrogens)

    @classmethod
    def zinc250k(cls, charges: bool = False) -> "MoleculeVocabulary":
        """The atoms of ZINC250k, and optionally the charged ones."""
        charged = ("N+", "N-", "O-", "S-", "S+", "C-") if charges else ()
        return cls(("C", "N", "O", "F", "P", "S", "Cl", "Br", "I", *charged))

    @classmethod
    def nci(cls, bonds: str = "kekule") -> "MoleculeVocabulary":
        """Atoms of nearly all organic molecules, with the charges of nitro groups and salts."""
        neutral = ("C", "N", "O", "F", "P", "S", "Cl", "Br", "I", "B", "Si", "As", "Se")
        return cls((*neutral, "N+", "O-", "O+", "S+"), bonds)

    @property
    def bond_names(self) -> tuple[str, ...]:
        """The classes of bonds; the first is no bond."""
        return _BONDS[self.bonds]

    @property
    def num_atom_classes(self) -> int:
        """The number :math:`F` of classes of atoms."""
        return len(self.atoms)

    @property
    def num_bond_classes(self) -> int:
        """The number :math:`C` of classes of bonds; class 0 is none."""
        return len(self.bond_names)

    @property
    def bond_orders(self) -> Tensor:
        """The bond order of each class :math:`(C)`."""
        return torch.tensor([_ORDERS[name] for name in self.bond_names])

    @property
    def max_valence(self) -> Tensor:
        """The largest sum of bond orders :math:`(F)` that rdkit accepts for an atom.

        Charges count: a positive nitrogen has four bonds, a negative oxygen one. Metals, of which
        rdkit knows no valence, have eight.
        """
        return torch.tensor([_max_valence(atom) for atom in self.atoms])

    def to_dict(self) -> dict[str, Any]:
        """The arguments of the constructor, in types that JSON supports."""
        return {
            "atoms": list(self.atoms),
            "bonds": self.bonds,
            "explicit_hydrogens": self.explicit_hydrogens,
        }

    @classmethod
    def from_dict(cls, arguments: Mapping[str, Any]) -> "MoleculeVocabulary":
        r"""The vocabulary of :meth:`to_dict`.

        Raises:
            ValueError: If they are not the arguments of a vocabulary, as in a damaged file.
        """
        known = {"atoms", "bonds", "explicit_hydrogens"}
        if not isinstance(arguments, Mapping) or not {"atoms"} <= arguments.keys() <= known:
            raise ValueError(f"A vocabulary has {sorted(known)} (got {arguments!r})")
        atoms = arguments["atoms"]
        if not isinstance(atoms, list | tuple) or not all(isinstance(a, str) for a in atoms):
            raise ValueError(f"'atoms' must be a list of symbols (got {atoms!r})")
        if not isinstance(arguments.get("explicit_hydrogens", False), bool):
            got = arguments["explicit_hydrogens"]
            raise ValueError(f"'explicit_hydrogens' must be true or false (got {got!r})")
        return cls(**arguments)


def parse_atom(atom: str) -> tuple[str, int]:
    """Symbol and charge.

    Examples:
        >>> parse_atom("O-"), parse_atom("Co+3")
        (('O', -1), ('Co', 3))
    """
    match = _ATOM.fullmatch(atom) if isinstance(atom, str) else None
    if match is None:
        raise ValueError(f"'atoms' must be symbols with a charge, such as 'N+' (got {atom!r})")
    symbol, sign, digits = match.groups()
    if symbol not in SYMBOLS:
        raise ValueError(f"'atoms' has no such element (got {symbol!r})")
    return symbol, int(f"{sign}{digits or 1}") if sign else 0


@functools.cache
def atomic_keys(vocabulary: MoleculeVocabulary) -> list[tuple[int, int]]:
    """Atomic number and charge of each class."""
    parsed = map(parse_atom, vocabulary.atoms)
    return [(atomic_number(symbol), charge) for symbol, charge in parsed]


@functools.cache
def _max_valence(atom: str) -> int:
    """Tries valences in rdkit, which has no table for charged atoms."""
    chem = rdkit("Chem")
    symbol, charge = parse_atom(atom)
    number = atomic_number(symbol)
    accepted = 0
    for valence in range(1, _MOST_BONDS + 1):
        probe = chem.Atom(number)
        probe.SetFormalCharge(charge)
        probe.SetNoImplicit(True)
        probe.SetNumExplicitHs(valence)
        mol = chem.RWMol()
        mol.AddAtom(probe)
        with silent():
            try:
                mol.UpdatePropertyCache(strict=True)
            except chem.AtomValenceException:
                break
        accepted = valence
    return accepted
