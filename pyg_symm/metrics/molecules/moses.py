"""The table of MOSES."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyg_symm.chem.descriptors import DESCRIPTORS
from pyg_symm.utils import text_table

from .chemnet import fcd_library, frechet_distance
from .molecule_table import share
from .moses_files import moses_filter, moses_statistics, moses_train_smiles
from .parallel import map_molecules
from .similarity import cosine_similarity, internal_diversities, nearest_similarity
from .smiles import flat, smiles_list
from .statistics import MoleculeStatistics


class MosesTable(dict[str, float]):
    r"""A dictionary of the columns, with the number of molecules behind them.

    Attributes:
        n (int): The number of outputs.
        num_valid (int): The number of valid ones, from which all columns but ``valid`` are
            computed. FCD values compare only between sets of one size.
        causes (dict): How many outputs are invalid, by keys of :data:`~pyg_symm.chem.REASONS`, and
            under ``"disconnected"`` how many are valid but in pieces.
    """

    def __init__(
        self,
        columns: dict[str, float],
        n: int,
        num_valid: int,
        causes: dict[str, int] | None = None,
    ) -> None:
        super().__init__(columns)
        self.n = n
        self.num_valid = num_valid
        self.causes = {} if causes is None else dict(causes)

    def __reduce__(self) -> tuple:
        return type(self), (dict(self), self.n, self.num_valid, self.causes)

    def __str__(self) -> str:
        rows = [("n", str(self.n)), ("n valid", str(self.num_valid))]
        rows += [(name, f"{value:.4f}") for name, value in self.items()]
        return text_table(rows)


def moses_table(
    generated_smiles: Iterable[str | None],
    train: Iterable[str] | None = None,
    test: Iterable[str] | MoleculeStatistics | None = None,
    test_scaffolds: Iterable[str] | MoleculeStatistics | None = None,
    workers: int = 1,
    progress: bool = True,
    root: str | None = None,
    fcd: bool = True,
    filters: bool = True,
    unique_at: Sequence[int] = (1000, 10000),
    device: str | None = None,
) -> MosesTable:
    r"""Computes all columns of `MOSES <https://arxiv.org/abs/1811.12823>`_, in the same order and
    by the same names.

    - ``valid``: share of outputs that rdkit accepts; all other columns are about these
    - ``unique@k``: share of distinct molecules among the first :math:`k`, or among all if there are
      fewer
    - ``FCD``: :func:`~.chemnet.frechet_distance` of ChemNet's activations
    - ``SNN``: mean of :func:`~.similarity.nearest_similarity`
    - ``Frag``, ``Scaf``: :func:`~.similarity.cosine_similarity` of BRICS fragments and of scaffolds
      with two rings or more; molecules without one are left out
    - ``IntDiv``, ``IntDiv2``: :func:`~.similarity.internal_diversity` for :math:`p = 1, 2`
    - ``Filters``: share that passes :class:`~pyg_symm.chem.MoleculeFilter`
    - ``logP``, ``SA``, ``QED``, ``weight``: Wasserstein distance between the values and the test
      set's
    - ``Novelty``: share of the distinct ones that are not in the train set, without
      stereochemistry and isotopes on both sides

    ``/Test`` compares with the test set, ``/TestSF`` with the test set of other scaffolds. The
    order of molecules changes nothing but ``unique@k``. Without valid molecules, shares and
    similarities are 0 and distances NaN; FCD needs two. Molecules in pieces are valid and are
    compared as a whole, as in MOSES.

    The original code compares canonical SMILES with stereochemistry for ``Novelty``. The data of
    MOSES have none, so that its figures are the same. With other data, every molecule of a model of
    graphs, which have no stereochemistry, would count as new. FCD reads the letters of SMILES: it
    is not 0 between a set with stereochemistry and the same set without, and there is a warning.

    Args:
        generated_smiles (Iterable): SMILES, or :obj:`None` for invalid outputs.
        train (Iterable, optional): SMILES trained on; those of a frozenset must be canonical and
            without stereochemistry, which saves to parse them.
            (default: MOSES' train set if ``test`` is MOSES' too, otherwise no ``Novelty``)
        test (Iterable or MoleculeStatistics, optional): SMILES of a test set or its statistics.
            (default: MOSES' test set)
        test_scaffolds (Iterable or MoleculeStatistics, optional): A second test set. (default:
            MOSES' scaffold test set if ``test`` is MOSES' too, otherwise no columns ``/TestSF``)
        workers (int, optional): The number of processes. (default: :obj:`1`)
        progress (bool, optional): Whether to show progress bars. (default: :obj:`True`)
        root (str, optional): Where the files of MOSES are kept.
            (default: :func:`~pyg_symm.datasets.default_root`)
        fcd (bool, optional): Whether there are columns ``FCD``. (default: :obj:`True`)
        filters (bool, optional): Whether there is a column ``Filters``, whose patterns are files
            of MOSES. (default: :obj:`True`)
        unique_at (Sequence, optional): The :math:`k` of ``unique@k``. (default: 1,000 and 10,000)
        device (str, optional): Device of ChemNet. (default: a GPU if available)

    Returns:
        MosesTable: A dictionary with ``n`` and ``num_valid``; report these with every number.

    Raises:
        TypeError: If SMILES are neither strings nor :obj:`None`.
        ValueError: If a reference set has no valid molecule.
        ImportError: If ``fcd`` is not installed; ``fcd=False`` does without.
        RuntimeError: If the files of MOSES cannot be downloaded.

    Examples:
        >>> samples = ["CCO", "OCC", "Cc1ccccc1", None]
        >>> options = {"fcd": False, "filters": False, "progress": False}
        >>> table = moses_table(samples, train=["CCO"], test=["CCO", "CCN"], **options)
        >>> table.n, table["valid"], round(table["SNN/Test"], 3), table["Novelty"]
        (4, 0.75, 0.688, 0.5)
    """
    options: dict[str, Any] = {
        "fcd": fcd,
        "workers": workers,
        "progress": progress,
        "device": device,
    }
    for k in unique_at:
        if k < 1:
            raise ValueError(f"'unique_at' must be positive (got {list(unique_at)})")
    if fcd:
        fcd_library()  # What is missing must show before the work, not after.
    known: Iterable[str] | None = None
    if test is None:
        test = moses_statistics("test", root)
        if test_scaffolds is None:
            test_scaffolds = moses_statistics("test_scaffolds", root)
        known = moses_train_smiles(root) if train is None else None  # Flat as they are.
    references = {"Test": _reference("test", test, options)}
    if test_scaffolds is not None:
        references["TestSF"] = _reference("test_scaffolds", test_scaffolds, options)
    passes = moses_filter(root) if filters else None
    made = MoleculeStatistics.from_smiles(
        generated_smiles, passes, name="generated_smiles", **options
    )
    columns = {"valid": share(len(made), made.num_given)}
    for k in unique_at:
        first = made.smiles[:k]
        columns[f"unique@{k}"] = share(len(set(first)), len(first))
    for name, reference in references.items():
        columns |= _compare(name, made, reference, options)
    columns["IntDiv"], columns["IntDiv2"] = internal_diversities(
        made.fingerprints, (1, 2), workers, "IntDiv" if progress else None
    )
    if made.passes is not None:
        columns["Filters"] = share(int(made.passes.sum()), len(made))
    for name in DESCRIPTORS:
        columns[name] = _wasserstein(made.values[name], references["Test"].values[name])
    if train is not None:
        known = _flat(train, workers, progress)
    if known is not None:
        distinct = set(made.flat)
        num_known = len(distinct.intersection(known))
        columns["Novelty"] = share(len(distinct) - num_known, len(distinct))
    return MosesTable(columns, made.num_given, len(made), made.causes)


def _reference(
    name: str, given: Iterable[str] | MoleculeStatistics, options: dict[str, Any]
) -> MoleculeStatistics:
    found = given
    if not isinstance(found, MoleculeStatistics):
        found = MoleculeStatistics.from_smiles(found, name=name, **options)
    if len(found) == 0:
        raise ValueError(f"'{name}' must have a valid molecule (got {found})")
    if options["fcd"] and found.chemnet is None and len(found) > 1:
        raise ValueError(f"'{name}' must have FCD's statistics, or 'fcd' be False (got {found})")
    return found


def _compare(
    name: str, made: MoleculeStatistics, reference: MoleculeStatistics, options: dict[str, Any]
) -> dict[str, float]:
    columns = {}
    if options["fcd"]:
        if len(made) and reference.num_stereo and not made.num_stereo:
            warnings.warn(
                f"FCD/{name} is too large: {reference.num_stereo} of {len(reference)} molecules of "
                "the reference set have stereochemistry or isotopes, the generated ones have none, "
                "and ChemNet reads the letters of SMILES. Give a reference set without them.",
                stacklevel=3,
            )
        columns[f"FCD/{name}"] = float("nan")
        if made.chemnet is not None and reference.chemnet is not None:
            columns[f"FCD/{name}"] = frechet_distance(made.chemnet, reference.chemnet)
    nearest = nearest_similarity(
        made.fingerprints,
        reference.fingerprints,
        options["workers"],
        f"SNN/{name}" if options["progress"] else None,
    )
    return columns | {
        f"SNN/{name}": float(nearest.mean()) if len(nearest) else 0.0,
        f"Frag/{name}": cosine_similarity(made.fragments, reference.fragments),
        f"Scaf/{name}": cosine_similarity(made.scaffolds, reference.scaffolds),
    }


def _wasserstein(values: np.ndarray, reference: np.ndarray) -> float:
    from scipy.stats import wasserstein_distance

    return float(wasserstein_distance(values, reference)) if len(values) else float("nan")


def _flat(train: Iterable[str], workers: int, progress: bool) -> frozenset[str]:
    if isinstance(train, frozenset):
        return train
    title = "train" if progress else None
    return frozenset(map_molecules(flat, smiles_list("train", train), workers, description=title))
