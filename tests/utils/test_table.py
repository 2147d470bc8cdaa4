import pytest

from pyg_symm.utils import markdown_table, text_table

ROWS = [["", "n"], ["valid", "0.25"], ["x", "10"]]


def test_markdown():
    lines = ["|       | n    |", "|-------|------|", "| valid | 0.25 |", "| x     | 10   |"]
    assert markdown_table(ROWS).split("\n") == lines
    assert markdown_table(ROWS[:1]).split("\n") == ["|  | n |", "|--|---|"]


def test_text():
    assert text_table(ROWS).split("\n") == ["          n", "valid  0.25", "    x    10"]


@pytest.mark.parametrize("table", [markdown_table, text_table])
@pytest.mark.parametrize("rows", [[], [["a"], ["b", "c"]]])
def test_rows_of_different_lengths(table, rows):
    with pytest.raises(ValueError, match="'rows' must be rows of one length"):
        table(rows)
