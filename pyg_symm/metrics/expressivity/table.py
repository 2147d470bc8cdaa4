"""A table of the pairs of graphs that networks tell apart, with the answers of theory."""

from collections.abc import Mapping, Sequence

from pyg_symm.utils import markdown_table

from .double_covers import double_cover_pairs
from .pairs import PAIRS, GraphPair
from .separation import Build, Separation, Transform, separations
from .strongly_regular import sr25_pairs

#: For every row and every network, one measurement for each pair of the row.
Table = dict[str, dict[str, list[Separation]]]

_SR25, _COVERS = "srg(25,12,5,6)", "double covers"

#: Columns of what is known: whether all pairs of a row are told apart, or none. Message passing
#: between neighbours is bounded by 1-WL, whatever its aggregation.
THEORY: dict[str, dict[str, bool]] = {"1-WL": dict.fromkeys([*PAIRS, _SR25, _COVERS], False)}


def expressivity_suite() -> dict[str, list[GraphPair]]:
    r"""The rows of the table: each of :obj:`PAIRS` alone, then the two families.

    Examples:
        >>> rows = expressivity_suite()
        >>> len(rows), len(rows["srg(25,12,5,6)"]), len(rows["double covers"])
        (16, 105, 30)
    """
    rows = {name: [build()] for name, build in PAIRS.items()}
    return {**rows, _SR25: sr25_pairs(), _COVERS: double_cover_pairs()}


def expressivity_table(
    models: Mapping[str, tuple[Build, Transform | None]],
    rows: Mapping[str, Sequence[GraphPair]] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
) -> Table:
    r"""Measures how far apart networks hold pairs of graphs.

    Args:
        models (dict): For every name, what :func:`separation` takes: a function that builds the
            network, and the transform of its input or :obj:`None`.
        rows (dict, optional): For every name, one pair or the pairs of a family.
            (default: :func:`expressivity_suite`)
        seeds (list[int], optional): A network is built from each. (default: :obj:`(0, 1, 2)`)

    Returns:
        dict: ``{row: {model: [Separation, ...]}}``, one measurement for each pair of the row.

    Examples:
        >>> from pyg_symm.metrics import PAIRS, OnData, expressivity_markdown
        >>> from pyg_symm.nn.models import AggregatorGIN
        >>> build = lambda: OnData(AggregatorGIN(1, 8, 3, 4))
        >>> rows = {name: [PAIRS[name]()] for name in ("C6 / 2 C3", "rook / Shrikhande")}
        >>> table = expressivity_table({"GIN": (build, None)}, rows)
        >>> print(expressivity_markdown(table))
        | pair              | 1-WL | GIN ...
        |-------------------|------|...
        | C6 / 2 C3         | no   | no ...
        | rook / Shrikhande | no   | no ...
    """
    rows = expressivity_suite() if rows is None else rows
    return {
        row: {
            name: separations(build, pairs, seeds, transform)
            for name, (build, transform) in models.items()
        }
        for row, pairs in rows.items()
    }


def expressivity_markdown(
    table: Table, theory: Mapping[str, Mapping[str, bool]] | None = None
) -> str:
    r"""Renders a table of :func:`expressivity_table`.

    A cell says whether graphs are told apart, or how many pairs of the row are, and in brackets
    the smallest gap of those pairs, or the largest gap if there are none.

    Args:
        table (dict): The measurements.
        theory (dict, optional): Columns of known answers, ``{column: {row: bool}}``, to stand
            before. (default: :obj:`THEORY`)
    """
    theory = THEORY if theory is None else theory
    models = list(dict.fromkeys(name for cells in table.values() for name in cells))
    lines = [["pair", *theory, *models]]
    for row, cells in table.items():
        num_pairs = max((len(found) for found in cells.values()), default=1)
        known = [
            _answer(known[row], num_pairs) if row in known else "" for known in theory.values()
        ]
        lines.append([row, *known, *(_cell(cells.get(name, [])) for name in models)])
    return markdown_table(lines)


def _answer(is_separated: bool, num_pairs: int) -> str:
    return _count(num_pairs if is_separated else 0, num_pairs)


def _count(num_separated: int, num_pairs: int) -> str:
    if num_pairs == 1:
        return "yes" if num_separated else "no"
    return f"{num_separated} of {num_pairs}"


def _cell(found: Sequence[Separation]) -> str:
    if not found:
        return ""
    separated = [s.gap for s in found if s.is_separated]
    gap = min(separated) if separated else max(s.gap for s in found)
    return f"{_count(len(separated), len(found))} ({gap:.0e})"
