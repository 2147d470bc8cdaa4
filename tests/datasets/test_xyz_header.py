import pytest

from pyg_symm.datasets.xyz_header import Column, parse_header, parse_properties


@pytest.mark.parametrize(
    "text, pairs",
    [
        ("", {}),
        ("a=1 b=two", {"a": "1", "b": "two"}),
        ('a="x y" pbc="T T F"  b = 3', {"a": "x y", "pbc": "T T F", "b": "3"}),
        (r'a="say \"hi\" \\ now"', {"a": r'say "hi" \ now'}),
        ("a='x y' \"long name\"=5", {"a": "x y", "long name": "5"}),
        ("a={1 2 3} b=[[1, 0], [0, 1]]", {"a": "1 2 3", "b": "[[1, 0], [0, 1]]"}),
        ("relaxed a=1", {"relaxed": "T", "a": "1"}),
        ("smiles=C=O energy=-1.5e3\n", {"smiles": "C=O", "energy": "-1.5e3"}),
        ('dihedrals="_JSON [1.5, 2]" empty=""', {"dihedrals": "_JSON [1.5, 2]", "empty": ""}),
    ],
)
def test_header(text, pairs):
    assert parse_header(text) == pairs


@pytest.mark.parametrize(
    "text, place",
    [
        ('a=1 b="open', "b="),
        ("a=1 b={1 2", "b="),
        ("a=1 b=", "b="),
        ("=1", "=1"),
        ('a="x"y', "a="),
        ("a=[1 2", "a="),
    ],
)
def test_broken_header(text, place):
    with pytest.raises(ValueError, match=f"a broken header, from ['\"]{place}"):
        parse_header(text)


def test_a_key_twice():
    with pytest.raises(ValueError, match="a broken header with 'a' twice"):
        parse_header("a=1 b=2 a=3")


def test_properties():
    columns = parse_properties("species:S:1:pos:R:3:fixed:L:1:REF_forces:R:3")
    assert list(columns) == ["species", "pos", "fixed", "REF_forces"]
    assert columns["REF_forces"] == Column("R", 5, 3)


@pytest.mark.parametrize(
    "text",
    ["", "species", "species:S", "species:S:1:pos:R", "pos:X:3", "pos:R:0", "pos:R:-1", "pos:R:x",
     "pos:R:3:", "pos:RS:3", "pos::3", "species:S:1:pos:R:3:4"],
)  # fmt: skip
def test_broken_properties(text):
    with pytest.raises(ValueError, match="broken Properties; they must be"):
        parse_properties(text)


def test_a_property_twice():
    with pytest.raises(ValueError, match="broken Properties with 'pos' twice"):
        parse_properties("pos:R:3:pos:R:3")
