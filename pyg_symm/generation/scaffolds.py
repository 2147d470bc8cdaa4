"""Molecules that contain given ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch_geometric.data import Data

from pyg_symm.chem import (
    MoleculeVocabulary,
    draw_molecules,
    from_smiles,
    judge,
    parse_smiles,
    read_smiles,
)

_COLUMNS = 6  # Of a picture: the scaffold, and molecules that contain it.
_ENDINGS = (".smi", ".smiles", ".txt", ".csv", ".tsv", ".gz")
_FEW = 0.2  # A share of valid samples below which the report says what would help.


def read_scaffolds(extend: str, vocabulary: MoleculeVocabulary | None) -> list[Data]:
    r"""The molecules to extend.

    Args:
        extend (str): A SMILES, or a file of several.
        vocabulary (MoleculeVocabulary, optional): The classes of the model, if it is one of
            molecules.

    Raises:
        FileNotFoundError: If ``extend`` ends like a file, and there is no such file.
        ValueError: If the model is not one of molecules, the file is empty, or a molecule is not
            in the vocabulary.
    """
    if vocabulary is None:
        raise ValueError("'extend' takes a molecule, but the model was trained on other graphs")
    # Hydrogens are left to be generated: a scaffold that has all of them cannot grow.
    heavy = MoleculeVocabulary(vocabulary.atoms, vocabulary.bonds)
    smiles = read_smiles(extend) if _is_file(extend) else [extend]
    if not smiles:
        raise ValueError(f"'extend' must hold molecules (got none in '{extend}')")
    scaffolds = []
    for text in smiles:
        try:
            scaffolds.append(from_smiles(text, heavy))
        except ValueError as error:
            shown = text if len(text) <= 80 else f"{text[:80]}..."
            raise ValueError(
                f"'extend' must be molecules of the model (got '{shown}'): {error}"
            ) from error
    return scaffolds


def judge_scaffolds(
    scaffolds: Sequence[Data], smiles: Sequence[str | None], vocabulary: MoleculeVocabulary
) -> dict[str, dict[str, float]]:
    r"""For each scaffold the share of valid samples, and of these the share that contain it.

    Scaffolds are searched for in the SMILES that are written, as a reader would do it. A graph that
    contains all bonds of a scaffold may still count as one without it: an aromatic ring of the
    scaffold that is bonded to further atoms may not be aromatic any more, or a ring become so.

    Args:
        scaffolds (Sequence[Data]): The scaffolds.
        smiles (Sequence of str): The SMILES that are written of the samples, as many for each
            scaffold; :obj:`None` of invalid ones.
        vocabulary (MoleculeVocabulary): The classes they are written in.

    Returns:
        dict: For each scaffold ``"valid"``, ``"contain"`` and ``"unique"``, by its SMILES. A
        scaffold that was given twice has two entries, the second by its SMILES and "(2)".
    """
    result: dict[str, dict[str, float]] = {}
    for i, (scaffold, own) in enumerate(zip(scaffolds, _split(smiles, scaffolds), strict=True)):
        valid = [text for text in own if text is not None]
        name = judge(scaffold, vocabulary).smiles or f"scaffold {i}"
        query = parse_smiles(name)[0]
        found = [query and parse_smiles(text)[0].HasSubstructMatch(query) for text in valid]
        same = sum(other.split(" ")[0] == name for other in result)
        result[name if same == 0 else f"{name} ({same + 1})"] = {
            "valid": len(valid) / len(own),
            "contain": sum(map(bool, found)) / max(len(found), 1),
            "unique": len(set(valid)) / max(len(valid), 1),
        }
    return result


def scaffold_hints(judged: dict[str, dict[str, float]], valence: bool) -> Iterator[str]:
    """What would help where few samples are valid, and why some do not contain the scaffold."""
    for name, row in judged.items():
        if row["valid"] > 0 and row["contain"] < 1:
            yield (
                f"{1 - row['contain']:.0%} of the valid samples of '{name}' contain its atoms and "
                "bonds in rings that further atoms made aromatic, or no longer aromatic; a "
                f"substructure search for '{name}' does not find these."
            )
        if row["valid"] < _FEW:
            text = f"Only {row['valid']:.0%} of the samples of '{name}' are valid."
            if valence:
                yield f"{text} A molecule with atoms that can have further bonds would help."
            else:
                yield f"{text} constraints.valence=true keeps atoms within their valence."


def draw_scaffolds(
    path: str, scaffolds: Sequence[Data], smiles: Sequence[str | None], pictures: int = 30
) -> None:
    r"""Each scaffold, and beside it some of the valid samples, each different.

    Args:
        path (str): The picture, ``.png`` or ``.svg``.
        scaffolds (Sequence[Data]): The scaffolds.
        smiles (Sequence of str): The SMILES of the samples, as many for each scaffold;
            :obj:`None` of invalid ones.
        pictures (int, optional): The maximum number of samples; of many scaffolds, each has a row
            of five nevertheless, or fewer if this number is smaller. (default: :obj:`30`)
    """
    cells, captions = [], []
    beside = _COLUMNS - 1
    each = max(pictures // len(scaffolds), min(beside, pictures))
    for scaffold, texts in zip(scaffolds, _split(smiles, scaffolds), strict=True):
        distinct = list(dict.fromkeys(text for text in texts if text is not None))[:each]
        for start in range(0, max(len(distinct), 1), beside):
            row = distinct[start : start + beside]
            cells += ["" if start else scaffold.smiles, *row, *[""] * (beside - len(row))]
            captions += ["" if start else "given", *[""] * beside]
    title = "Given molecules and samples that contain them"
    draw_molecules(path, cells, captions, columns=_COLUMNS, title=title)


def _is_file(extend: str) -> bool:
    try:
        if Path(extend).is_file():
            return True
    except OSError:  # A SMILES may be longer than a file name.
        return False
    if extend.lower().endswith(_ENDINGS):
        raise FileNotFoundError(f"'extend' names a file that does not exist (got '{extend}')")
    return False


def _split(items: Sequence[Any], scaffolds: Sequence[Data]) -> list[Sequence[Any]]:
    """What belongs to each scaffold: there are as many of each."""
    each = len(items) // len(scaffolds)
    return [items[i * each : (i + 1) * each] for i in range(len(scaffolds))]
