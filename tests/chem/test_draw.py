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
    assert "width='300px' height='216px'" in path.read_text()
    draw_molecules(str(path), 3 * ["CCO"], columns=2, cell=150, title="Ethanol")
    assert "width='300px' height='260px'" in path.read_text()


def extent(path, smiles, **options):
    """Left, upper, right and lower end of what is drawn."""
    from PIL import Image, ImageChops

    draw_molecules(str(path), smiles, **options)
    image = Image.open(path).convert("L")
    return image.size, ImageChops.invert(image).getbbox()


@pytest.mark.parametrize("smiles", ["c1ccc2ccccc2c1", "CC1C2CCC(C2)C1CN(CCO)C(=O)c1ccc(Cl)cc1"])
def test_molecules_fill_their_cell(tmp_path, smiles):
    (width, height), (left, upper, right, lower) = extent(tmp_path / "m.png", [smiles])
    assert max((right - left) / width, (lower - upper) / height) > 0.7


def test_titles_and_captions_are_drawn(tmp_path):
    (_, height), (_, upper, _, _) = extent(tmp_path / "a.png", ["C"], title="Methane")
    assert upper < 40 < height
    for smiles in ("C", "no molecule"):
        (_, height), (*_, lower) = extent(tmp_path / "b.png", [smiles], captions=["below"])
        assert lower > 0.85 * height


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("m.jpg", ["C"]), r"'path' must end in '.png' or '.svg' \(got 'm.jpg'\)"),
        (("m.png", []), r"'smiles' must not be empty"),
        (("m.png", ["C"], ["a", "b"]), r"'captions' must be as many .* \(got 2 for 1\)"),
        (("m.png", ["C"], None, 0), r"'columns' and 'cell' must be positive \(got 0 and 240\)"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_molecules(*arguments)
