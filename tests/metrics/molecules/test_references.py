import pytest

from pyg_symm.metrics.molecules.references import draw_molecules, reference_statistics

OPTIONS = {"fcd": False, "progress": False}


def test_computed_once(tmp_path):
    first = reference_statistics(["CCO", "CCN", "C1CC"], str(tmp_path), name="test", **OPTIONS)
    (file,) = (tmp_path / "references").iterdir()
    assert file.name.startswith("test_") and (len(first), first.num_given) == (2, 3)
    before = file.stat().st_mtime_ns
    again = reference_statistics(["CCO", "CCN", "C1CC"], str(tmp_path), name="test", **OPTIONS)
    assert file.stat().st_mtime_ns == before and again.fragments == first.fragments
    assert again.causes == first.causes
    reference_statistics(["CCO", "CCN"], str(tmp_path), name="test", **OPTIONS)
    assert len(list((tmp_path / "references").iterdir())) == 2


def test_draw():
    train = [f"C{i}" for i in range(20)]
    drawn = draw_molecules(train, 5, seed=1)
    assert drawn == draw_molecules(train, 5, seed=1) != draw_molecules(train, 5, seed=2)
    assert len(set(drawn)) == 5 and set(drawn) <= set(train)
    assert sorted(draw_molecules(train, 99)) == sorted(train)


def test_damage_is_named(tmp_path):
    reference_statistics(["CCO", "CCN"], str(tmp_path), **OPTIONS)
    (file,) = (tmp_path / "references").iterdir()
    file.write_bytes(b"")
    with pytest.raises(ValueError, match=f"delete '.*{file.name}'"):
        reference_statistics(["CCO", "CCN"], str(tmp_path), **OPTIONS)
