import pytest

from pyg_symm.chem import draw_molecules


@pytest.mark.parametrize("ending, start", [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_draw(tmp_path, ending, start):
    path = tmp_path / f"m{ending}"
    draw_molecules(str(path), ["CCO", "c1ccccc1", "no molecule"], ["a", "b", "c"], columns=2)
    assert path.read_bytes().startswith(start)


def test_size(tmp_path):
    path = tmp_path / "m.svg"
    draw_molecules(str(path), 3 * ["CCO"], columns=2, cell=150)
    assert "width='300px' height='300px'" in path.read_text()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("m.jpg", ["C"]), r"'path' must end in '.png' or '.svg' \(got 'm.jpg'\)"),
        (("m.png", []), r"'smiles' must not be empty"),
        (("m.png", ["C"], ["a", "b"]), r"'captions' must be as many .* \(got 2 for 1\)"),
        (("m.png", ["C"], None, 0), r"'columns' and 'cell' must be positive \(got 0 and 200\)"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_molecules(*arguments)
