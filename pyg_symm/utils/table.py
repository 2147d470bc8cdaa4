"""Tables of text."""

from collections.abc import Sequence


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    r"""Writes a Markdown table whose columns line up.

    Args:
        rows (Sequence): Cells of each row. The first row is the heading.

    Raises:
        ValueError: If rows have different lengths, or if there is none.

    Examples:
        >>> print(markdown_table([["model", "acc"], ["GIN", "0.9"]]))
        | model | acc |
        |-------|-----|
        | GIN   | 0.9 |
    """
    widths = _widths(rows)
    head, *body = (
        "| " + " | ".join(c.ljust(width) for c, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *body])


def text_table(rows: Sequence[Sequence[str]]) -> str:
    r"""Writes right-aligned columns, two spaces apart.

    Args:
        rows (Sequence): Cells of each row.

    Raises:
        ValueError: If rows have different lengths, or if there is none.

    Examples:
        >>> print(text_table([["", "samples"], ["valid", "0.9"]]))
               samples
        valid      0.9
    """
    widths = _widths(rows)
    return "\n".join(
        "  ".join(c.rjust(width) for c, width in zip(row, widths, strict=True)) for row in rows
    )


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    lengths = {len(row) for row in rows}
    if len(lengths) != 1:
        raise ValueError(f"'rows' must be rows of one length (got lengths {sorted(lengths)})")
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
