import errno
import os
import shutil
from pathlib import Path

import pytest

from pyg_symm.utils import remove_parts, whole_file


def test_whole_file(tmp_path):
    path = tmp_path / "file.txt"
    with whole_file(str(path)) as part:
        Path(part).write_text("new")
        assert Path(part).parent == tmp_path and not path.exists()
    assert path.read_text() == "new"
    with pytest.raises(KeyboardInterrupt), whole_file(str(path)) as part:
        Path(part).write_text("ne")
        raise KeyboardInterrupt
    with pytest.raises(RuntimeError, match="early"), whole_file(str(path)):
        raise RuntimeError("early")
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"] and path.read_text() == "new"


def test_a_full_disk_is_named_with_the_file(tmp_path, monkeypatch):
    path = tmp_path / "file.pt"
    with pytest.raises(OSError, match="disk is full; .*file.pt") as raised, whole_file(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.errno == errno.ENOSPC
    # PyTorch's writer does not say why it has failed.
    full = shutil._ntuple_diskusage(10**9, 10**9, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(OSError, match="disk is full"), whole_file(path) as part:
        Path(part).write_text("half")
        raise RuntimeError("unexpected pos 53248 vs 53168")
    assert list(tmp_path.iterdir()) == []


def test_an_ending_for_writers_that_choose_by_it(tmp_path):
    with whole_file(tmp_path / "a.png", ".png") as part:
        assert part.endswith(".part.png")
        Path(part).write_text("picture")
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_only_old_parts_are_removed(tmp_path):
    for name, age in (("a.smi.1.part", 0), ("b.smi.2.part.png", 0), ("c.smi.3.part", None)):
        (tmp_path / name).write_text("half")
        if age is not None:
            os.utime(tmp_path / name, (age, age))
    (tmp_path / "a.smi").write_text("whole")
    remove_parts(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.smi", "c.smi.3.part"]
