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
from pyg_symm.chem.toolkit import silent
from pyg_symm.generation import PARD, SampleReport

_COLUMNS = 6  # Of a picture: the scaffold, and molecules that contain it.


def grow(
    model: PARD, extend: str, num_samples: int, options: dict[str, Any]
) -> tuple[list[Data], SampleReport, list[Data]]:
    """Molecules that contain a given one, or each of those in a file, and what that cost."""
    vocabulary = MoleculeVocabulary.from_dict(model.config.vocabulary or {})
    # Hydrogens are left to be generated: a scaffold that has all of them cannot grow.
    heavy = MoleculeVocabulary(vocabulary.atoms, vocabulary.bonds)
    several = Path(extend).is_file()
    scaffolds = [
        from_smiles(text, heavy) for text in (read_smiles(extend) if several else [extend])
    ]
    graphs: list[Data] = []
    cost = SampleReport()
    for i, scaffold in enumerate(scaffolds):
        own = {**options, "resume": options["resume"] / str(i)} if several else options
        graphs += model.extend(scaffold, num_samples, **own)
        cost += model.report
    return graphs, cost, scaffolds


def judge_scaffolds(
    scaffolds: Sequence[Data],
    graphs: Sequence[Data],
    smiles: Sequence[str | None],
    vocabulary: MoleculeVocabulary,
) -> dict[str, dict[str, float]]:
    """For each scaffold the share of valid samples, and of these the share that contain it.

    Atoms and bonds are compared as they were generated, by a search for the scaffold that does not
    know where it was put.
    """
    each = len(graphs) // len(scaffolds)
    result = {}
    for i, scaffold in enumerate(scaffolds):
        own = range(i * each, (i + 1) * each)
        valid = [k for k in own if smiles[k] is not None]
        with silent():
            query = to_mol(scaffold, vocabulary, sanitize=False)
            found = [
                to_mol(graphs[k], vocabulary, sanitize=False).HasSubstructMatch(query)
                for k in valid
            ]
        name = judge(scaffold, vocabulary).smiles or f"scaffold {i}"
        result[name] = {
            "valid": len(valid) / each,
            "contain": sum(found) / max(len(found), 1),
            "unique": len({smiles[k] for k in valid}) / max(len(valid), 1),
        }
    return result


def draw_scaffolds(path: str, scaffolds: Sequence[Data], smiles: Sequence[str | None]) -> None:
    """A row for each scaffold: itself, then some of the valid samples, each different."""
    each = len(smiles) // len(scaffolds)
    cells, captions = [], []
    for i, scaffold in enumerate(scaffolds):
        own = dict.fromkeys(text for text in smiles[i * each : (i + 1) * each] if text is not None)
        row = [scaffold.smiles, *list(own)[: _COLUMNS - 1]]
        row += [""] * (_COLUMNS - len(row))
        cells += row
        captions += ["given", *[""] * (_COLUMNS - 1)]
    draw_molecules(path, cells, captions, columns=_COLUMNS)
