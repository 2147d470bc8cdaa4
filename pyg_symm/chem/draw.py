"""Pictures of molecules."""

import os
from collections.abc import Sequence
from typing import Any

from .toolkit import rdkit, silent


def draw_molecules(
    path: str,
    smiles: Sequence[str],
    captions: Sequence[str] | None = None,
    columns: int = 5,
    cell: int = 200,
) -> None:
    r"""Draws molecules in rows.

    The cell of a string that is not a molecule has its caption only.

    Args:
        path (str): The picture, ``.png`` or ``.svg``.
        smiles (Sequence of str): The molecules.
        captions (Sequence of str, optional): A line below each. (default: :obj:`None`)
        columns (int, optional): Molecules in a row. (default: :obj:`5`)
        cell (int, optional): Width and height of each in pixels. (default: :obj:`200`)

    Raises:
        ValueError: If the ending is another, there is nothing to draw, a number is not positive, or
            captions are fewer or more than molecules.

    Examples:
        >>> draw_molecules("alcohols.svg", ["CO", "CCO"], ["one", "two"])  # doctest: +SKIP
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".png", ".svg"):
        raise ValueError(f"'path' must end in '.png' or '.svg' (got '{path}')")
    if len(smiles) == 0:
        raise ValueError("'smiles' must not be empty (got [])")
    if captions is not None and len(captions) != len(smiles):
        raise ValueError(
            f"'captions' must be as many as 'smiles' (got {len(captions)} for {len(smiles)})"
        )
    if min(columns, cell) < 1:
        raise ValueError(f"'columns' and 'cell' must be positive (got {columns} and {cell})")
    picture = _picture(list(smiles), captions, min(columns, len(smiles)), cell, ending)
    with open(path, "wb") as file:
        file.write(picture)


def _picture(
    smiles: list[str], captions: Sequence[str] | None, columns: int, cell: int, ending: str
) -> bytes:
    chem, draw = rdkit("Chem"), rdkit("Chem.Draw.rdMolDraw2D")
    with silent():
        mols: list[Any] = [chem.MolFromSmiles(text) or chem.Mol() for text in smiles]
    rows = -(-len(mols) // columns)
    canvas = draw.MolDraw2DSVG if ending == ".svg" else draw.MolDraw2DCairo
    drawer = canvas(columns * cell, rows * cell, cell, cell)
    drawer.DrawMolecules(mols, legends=list(captions or [""] * len(mols)))
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    return text.encode() if isinstance(text, str) else text
