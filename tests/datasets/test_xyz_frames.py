import numpy as np
import pytest

from pyg_symm.datasets.xyz_frames import read_frames

FRAMES = """2
Properties=species:S:1:pos:R:3:forces:R:3:fixed:L:1:tag:I:1 energy=-1.5 pbc="T, F F" c=[[1,0],[0,1]]
H  0.0 0.5 -1e-1  1 2 3  T 7
O  1.0 0.0  2.0   4 5 6  f -2

1
kept
C 1 2 3

"""


@pytest.fixture
def read(tmp_path):
    def read(text, name="a.xyz"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(read_frames(path))

    return read


def test_frames(read):
    first, second = read(FRAMES)
    assert (first.line, second.line) == (1, 6) and second.place.startswith("line 7 of '")
    assert first.atoms("species").tolist() == [["H"], ["O"]]
    assert first.atoms("pos").tolist() == [[0.0, 0.5, -0.1], [1.0, 0.0, 2.0]]
    assert first.atoms("forces").dtype == np.float64
    assert first.atoms("fixed").tolist() == [[True], [False]]
    assert first.atoms("tag").tolist() == [[7], [-2]]
    assert first.number("energy") == -1.5 and first.flags("pbc", 3) == [True, False, False]
    assert first.numbers("c", 4) == [1, 0, 0, 1]
    # Without Properties, a line is an element and its position.
    assert second.info == {"kept": "T"} and second.atoms("pos").tolist() == [[1, 2, 3]]


def test_files_that_do_not_name_columns_may_have_more(read):
    (frame,) = read("1\n\nC 1 2 3 0.1 0.2\n")
    assert frame.atoms("pos").tolist() == [[1, 2, 3]]


def test_windows_and_marks_of_byte_order(read):
    (frame,) = read("\ufeff1\r\nenergy=2\r\nC 1 2 3\r\n")
    assert frame.number("energy") == 2 and frame.atoms("species").tolist() == [["C"]]


def test_empty(read):
    assert read("") == read("\n \n") == []


HEADER = "Properties=species:S:1:pos:R:3 energy=1"


@pytest.mark.parametrize(
    "text, message",
    [
        ("x\n\nC 0 0 0\n", r"line 1 of '.*a.xyz' must be a number of atoms \(got 'x'\)"),
        ("0\n\n", "line 1 .* must be a number of atoms"),
        ("-1\n\n", "line 1 .* must be a number of atoms"),
        (f"1\n{HEADER}\nC 0 0 0\nC 0 0 0\n", "line 4 .* must be a number of atoms"),
        ("2", "line 1 .*: 2 atoms, but the file ends after 0"),
        (f"2\n{HEADER}\nC 0 0 0\n", "line 1 .*: 2 atoms, but the file ends after 1"),
        (f'1\n{HEADER} a="\nC 0 0 0\n', "line 2 of '.*a.xyz' has a broken header"),
        ("1\nProperties=pos:R\nC 0 0 0\n", "line 2 of '.*a.xyz' has broken Properties"),
        (f"1\n{HEADER}\nC 0 0\n", r"line 3 .* must have 4 fields, .* \(got 3: 'C 0 0'\)"),
        (f"1\n{HEADER}\nC 0 0 0 0\n", "line 3 .* must have 4 fields"),
        ("1\n\nC 0 0\n", "line 3 .* must have 4 fields"),
        (f"2\n{HEADER}\n\nC 0 0 0\n", "line 3 .* must have 4 fields"),
        (b"1\n\xff\xfe\nC 0 0 0\n", "'.*a.xyz' is not text in UTF-8"),
    ],
)
def test_broken_files(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


@pytest.mark.parametrize("number", ["x", "nan", "inf", "1.0.0"])
def test_broken_numbers(read, number):
    _, frame = read(f"1\n{HEADER}\nC 0 0 0\n2\n{HEADER}\nC 0 0 0\nC 0 {number} 0\n")
    with pytest.raises(
        ValueError, match=rf"line 7 of '.*' has a broken 'pos' \(got '0 {number} 0'"
    ):
        frame.atoms("pos")
    (frame,) = read(f"1\nenergy={number}\nC 0 0 0\n")
    with pytest.raises(
        ValueError, match=rf"line 2 .*: 'energy' must be a number \(got '{number}'\)"
    ):
        frame.number("energy")


def test_broken_lists(read):
    (frame,) = read('1\ncell="1 2" pbc="T T X"\nC 0 0 0\n')
    with pytest.raises(ValueError, match=r"'cell' must be 9 numbers \(got '1 2'\)"):
        frame.numbers("cell", 9)
    with pytest.raises(ValueError, match=r"'pbc' must be 3 of T and F \(got 'T T X'\)"):
        frame.flags("pbc", 3)
