"""The shares of valid, unique and novel molecules, as in tables for QM9 and ZINC250k."""

from collections.abc import Iterable

from .parallel import map_molecules
from .smiles import flat, smiles_list


def molecule_table(
    generated_smiles: Iterable[str | None],
    train: Iterable[str] | None = None,
    workers: int = 1,
    progress: bool = False,
) -> dict[str, float]:
    r"""Computes the shares of valid, unique and novel molecules.

    .. math::
        \mathrm{valid} = \frac{V}{n} \qquad \mathrm{unique} = \frac{|\mathcal{G}|}{V} \qquad
        \mathrm{novel} = \frac{|\mathcal{G} \setminus \mathcal{T}|}{|\mathcal{G}|}

    Of :math:`n` outputs :math:`V` are valid. :math:`\mathcal{G}` is the set of distinct valid
    molecules, :math:`\mathcal{T}` the training set. ``"VUN"`` is the product of the three shares.
    An empty share is 0.

    Two molecules are equal if :func:`~pyg_symm.chem.flat_smiles` is: stereochemistry, isotopes,
    atom maps and the way hydrogens are written do not count, because graphs cannot express them.

    Args:
        generated_smiles (Iterable): SMILES, or :obj:`None` for invalid outputs.
        train (Iterable, optional): SMILES trained on. (default: no columns ``novel`` and ``VUN``)
        workers (int, optional): The number of processes. (default: :obj:`1`)
        progress (bool, optional): Whether to show progress bars. (default: :obj:`False`)

    Returns:
        dict: ``"n"``, ``"valid"``, ``"unique"``, and with ``train`` also ``"novel"`` and ``"VUN"``.

    Examples:
        >>> molecule_table(["CCO", "OCC", "CCN", "C1CC", None], train=["NCC"])
        {'n': 5, 'valid': 0.6, 'unique': 0.666..., 'novel': 0.5, 'VUN': 0.2}
    """
    outputs = smiles_list("generated_smiles", generated_smiles)
    found = map_molecules(flat, outputs, workers, description="canonical" if progress else None)
    valid = [smiles for smiles in found if smiles is not None]
    distinct = set(valid)
    table = {
        "n": len(outputs),
        "valid": share(len(valid), len(outputs)),
        "unique": share(len(distinct), len(valid)),
    }
    if train is not None:
        trained = smiles_list("train", train)
        known = map_molecules(flat, trained, workers, description="train" if progress else None)
        new = len(distinct.difference(known))
        table |= {"novel": share(new, len(distinct)), "VUN": share(new, len(outputs))}
    return table


def share(part: int, whole: int) -> float:
    """A quotient that is 0 if both numbers are 0."""
    return part / whole if whole else 0.0
