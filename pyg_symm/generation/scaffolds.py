"""Molecules that contain given ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch_geometric.data import Data

from pyg_symm.chem import (
    MoleculeVocabulary,
    draw_molecules,
    from_smiles,
    judge,
    read_smiles,
    to_mol,
)

from .pard import PARD
from .slots import SampleReport

_COLUMNS = 6  # Of a picture: the scaffold, and molecules that contain it.


def read_scaffolds(extend: str, vocabulary: MoleculeVocabulary | None) -> list[Data]:
    """The molecules to extend: one by its SMILES, or those of a file."""
    if vocabulary is None:
        raise ValueError("'extend' takes a molecule, but the model was trained on other graphs")
    # Hydrogens are left to be generated: a scaffold that has all of them cannot grow.
    heavy = MoleculeVocabulary(vocabulary.atoms, vocabulary.bonds)
    smiles = read_smiles(extend) if Path(extend).is_file() else [extend]
    if not smiles:
        raise ValueError(f"'extend' must hold molecules (got none in '{extend}')")
    return [from_smiles(text, heavy) for text in smiles]


def grow(
    model: PARD, scaffolds: Sequence[Data], num_samples: int, options: dict[str, Any]
) -> tuple[list[Data], SampleReport]:
    """So many molecules that contain each given one, in turn, and what that cost."""
    graphs: list[Data] = []
    cost = SampleReport()
    for i, scaffold in enumerate(scaffolds):
        own = {**options, "resume": options["resume"] / str(i)} if len(scaffolds) > 1 else options
        graphs += model.extend(scaffold, num_samples, **own)
        cost += model.report
    return graphs, cost


def judge_scaffolds(
    scaffolds: Sequence[Data],
    graphs: Sequence[Data],
    smiles: Sequence[str | None],
    vocabulary: MoleculeVocabulary,
) -> dict[str, dict[str, float]]:
    """For each scaffold the share of valid samples, and of these the share that contain it.

    The scaffold is found by a substructure search that does not know its position.
    """
    result = {}
    each = zip(scaffolds, _split(graphs, scaffolds), _split(smiles, scaffolds), strict=True)
    for i, (scaffold, own, texts) in enumerate(each):
        valid = [text for text in texts if text is not None]
        made = [data for data, text in zip(own, texts, strict=True) if text is not None]
        query = to_mol(scaffold, vocabulary, sanitize=False)
        found = [to_mol(data, vocabulary, sanitize=False).HasSubstructMatch(query) for data in made]
        name = judge(scaffold, vocabulary).smiles or f"scaffold {i}"
        result[name] = {
            "valid": len(valid) / len(own),
            "contain": sum(found) / max(len(found), 1),
            "unique": len(set(valid)) / max(len(valid), 1),
        }
    return result


def draw_scaffolds(path: str, scaffolds: Sequence[Data], smiles: Sequence[str | None]) -> None:
    """A row for each scaffold: itself, then some of the valid samples, each different."""
    cells, captions = [], []
    for scaffold, texts in zip(scaffolds, _split(smiles, scaffolds), strict=True):
        distinct = list(dict.fromkeys(text for text in texts if text is not None))
        row = [scaffold.smiles, *distinct[: _COLUMNS - 1]]
        row += [""] * (_COLUMNS - len(row))
        cells += row
        captions += ["given", *[""] * (_COLUMNS - 1)]
    draw_molecules(path, cells, captions, columns=_COLUMNS)


def _split(items: Sequence[Any], scaffolds: Sequence[Data]) -> list[Sequence[Any]]:
    """What belongs to each scaffold: there are as many of each."""
    each = len(items) // len(scaffolds)
    return [items[i * each : (i + 1) * each] for i in range(len(scaffolds))]
