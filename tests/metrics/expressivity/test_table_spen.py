"""What SPEN tells apart, cell by cell: columns are variants, "+" is told apart and "-" is not."""

import sys
from pathlib import Path

import pytest

from pyg_symm.metrics import PAIRS, OnData, double_cover_pairs, separations, sr25_pairs
from pyg_symm.nn import SPEN

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from expressivity import SPENS as VARIANTS

TABLE = {
    "C6 / 2 C3": "++++++++",
    "C8 / 2 C4": "-+-+++++",
    "C10 / 2 C5": "---++-+-",
    "C14 / 2 C7": "---+--+-",
    "K3,3 / prism": "++++-+++",
    "decalin / bicyclopentyl": "---++-+-",
    "CSL(41) 2 / 3": "++++++++",
    "CSL(41) 3 / 4": "-+-+++++",
    "CSL(41) 3 / 5": "-+-+++++",
    "CSL(41) 9 / 11": "---+--+-",
    "CSL(41) 13 / 16": "---++-+-",
    "Petersen / 5-prism": "-+-+++++",
    "dodecahedron / Desargues": "---++-+-",
    "rook / Shrikhande": "-------+",
}


def build(num_layers=3, **kwargs):
    return lambda: OnData(SPEN(1, 8, num_layers, 8, act="elu", **kwargs))


def told_apart(pairs, **kwargs):
    """For each pair "+" if all seeds separate it, "-" if none does, "?" if they disagree."""
    answers = []
    for found in separations(build(**kwargs), pairs):
        if min(found.gaps) > found.limit:
            answers.append("+")
        else:
            answers.append("-" if found.gap < 1e-10 else "?")
    return "".join(answers)


def test_the_table_has_all_pairs():
    assert TABLE.keys() == PAIRS.keys()


@pytest.mark.parametrize("column, variant", list(enumerate(VARIANTS)), ids=VARIANTS)
def test_columns(column, variant):
    pairs = [make() for make in PAIRS.values()]
    expected = "".join(row[column] for row in TABLE.values())
    assert told_apart(pairs, **VARIANTS[variant]) == expected


def test_the_root_mark_is_what_tells_k33_from_the_prism_at_two_hops():
    pair = [PAIRS["K3,3 / prism"]()]
    assert told_apart(pair, num_hops=2, marks=False) == "-"


@pytest.mark.slow
def test_matrix_products_tell_all_strongly_regular_graphs_apart():
    pairs = sr25_pairs()
    assert told_apart(pairs, num_layers=2, num_hops=1, matmul=True) == 105 * "+"
    assert told_apart(pairs, num_hops=1) == 105 * "-"


@pytest.mark.slow
def test_two_hops_tell_double_covers_apart():
    pairs = double_cover_pairs()
    assert told_apart(pairs, num_hops=1) == 30 * "-"
    assert told_apart(pairs, num_hops=2) == 30 * "+"
