"""Drawings of molecules."""

import os
from collections.abc import Sequence
from typing import Any

from pyg_symm.utils import whole_file

from .layout import lay_out
from .parse import parse_smiles
from .toolkit import rdkit, silent

_HEIGHT = 0.72  # Height of a cell by its width.
_TITLE = 44  # Pixels.


def draw_molecules(
    path: str,
    smiles: Sequence[str],
    captions: Sequence[str] | None = None,
    columns: int = 5,
    cell: int = 240,
    title: str | None = None,
) -> None:
    r"""Draws molecules in rows.

    The cell of a string that is not a molecule has only its caption.

    Args:
        path (str): The picture, ``.png`` or ``.svg``.
        smiles (Sequence of str): The molecules.
        captions (Sequence of str, optional): A line below each. (default: :obj:`None`)
        columns (int, optional): Molecules in a row. (default: :obj:`5`)
        cell (int, optional): Width of each in pixels; the height is about three quarters of it.
            (default: :obj:`240`)
        title (str, optional): A line above all. (default: :obj:`None`)

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
    columns = min(columns, len(smiles))
    picture = _picture(list(smiles), captions, columns, cell, title, ending == ".svg")
    with whole_file(path) as part, open(part, "wb") as file:
        file.write(picture)


def _picture(
    smiles: list[str],
    captions: Sequence[str] | None,
    columns: int,
    cell: int,
    title: str | None,
    svg: bool,
) -> bytes:
    draw, point = rdkit("Chem.Draw.rdMolDraw2D"), rdkit("Geometry").Point2D
    height, top = round(_HEIGHT * cell), _TITLE if title else 0
    rows = -(-len(smiles) // columns)
    canvas = draw.MolDraw2DSVG if svg else draw.MolDraw2DCairo
    drawer = canvas(columns * cell, top + rows * height, cell, height)
    options = drawer.drawOptions()
    options.padding = 0.06
    options.bondLineWidth = 1.5
    options.fixedBondLength = 0.14 * cell  # A maximum: large molecules are scaled down.
    options.minFontSize = 9
    options.legendFontSize = 15
    options.legendFraction = 0.14
    options.prepareMolsBeforeDrawing = True
    with silent():
        for i, text in enumerate(smiles):
            drawer.SetOffset(i % columns * cell, top + i // columns * height)
            mol, caption = _prepared(text), captions[i] if captions else ""
            drawer.DrawMolecule(mol, legend=caption)
            if caption and mol.GetNumAtoms() == 0:  # rdkit draws no legend of an empty molecule.
                place = point((i % columns + 0.5) * cell, top + (i // columns + 0.93) * height)
                _write(drawer, caption, place, 15)
        if title:
            _write(drawer, title, point(columns * cell / 2, top / 2), 20)
    drawer.FinishDrawing()
    content = drawer.GetDrawingText()
    return content.encode() if isinstance(content, str) else content


def _prepared(smiles: str) -> Any:
    mol, _ = parse_smiles(smiles)
    return rdkit("Chem").Mol() if mol is None else lay_out(mol)


def _write(drawer: Any, text: str, place: Any, size: float) -> None:
    drawer.SetOffset(0, 0)
    drawer.SetFontSize(size)
    drawer.SetColour((0, 0, 0))
    drawer.DrawString(text, place, 0, True)
