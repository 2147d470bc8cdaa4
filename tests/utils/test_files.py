import errno
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pyg_symm.utils import whole_file
from pyg_symm.utils.files import is_locked, locked, remove_parts, sha256, write_json


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


def test_json_is_written_as_a_whole(tmp_path):
    path = tmp_path / "table.json"
    write_json(path, {"valid": 0.5})
    assert path.read_text() == '{\n  "valid": 0.5\n}\n'
    with pytest.raises(TypeError):
        write_json(path, {"valid": object()})
    assert [p.name for p in tmp_path.iterdir()] == ["table.json"] and "0.5" in path.read_text()


def test_a_full_disk_names_the_file(tmp_path):
    with pytest.raises(OSError, match="file.txt") as raised, whole_file(tmp_path / "file.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.errno == errno.ENOSPC and raised.value.filename.endswith("file.txt")
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pyg_symm.utils import whole_file
from pyg_symm.utils.files import locked
with locked(sys.argv[1] + "/lock"), whole_file(sys.argv[1] + "/file.txt") as part:
    open(part, "w").write("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_leaves_is_removed(tmp_path):
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)]).returncode < 0
    (part,) = tmp_path.glob("*.part")
    (tmp_path / "mine.part").touch()  # Of somebody else.
    with whole_file(tmp_path / "other.txt") as writing:
        Path(writing).write_text("whole")
        assert remove_parts(tmp_path.parent) == [part]
    assert {p.name for p in tmp_path.iterdir()} == {"lock", "mine.part", "other.txt"}
    assert (tmp_path / "other.txt").read_text() == "whole"
    assert not is_locked(tmp_path / "lock")


def test_lock(tmp_path):
    path, order = tmp_path / "lock", []

    def other():
        with locked(path):
            order.append("other")

    with locked(path):
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.2)
        assert is_locked(path)
        order.append("this")
    thread.join()
    assert order == ["this", "other"] and not is_locked(path)
    assert is_locked(tmp_path / "absent")  # Not known.


def test_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_full_disk_of_a_writer_that_does_not_say_so(tmp_path, monkeypatch):
    full = shutil._ntuple_diskusage(10**9, 10**9, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(OSError, match="file.pt") as raised, whole_file(tmp_path / "file.pt"):
        raise RuntimeError("unexpected pos 53248 vs 53168")
    assert raised.value.errno == errno.ENOSPC and list(tmp_path.iterdir()) == []


def test_an_ending_for_writers_that_choose_by_it(tmp_path):
    with whole_file(tmp_path / "a.png", ".png") as part:
        assert part.endswith(".part.png")
        Path(part).write_text("picture")
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]
    (tmp_path / "b.png.0123abcd.part.png").write_text("half")
    assert [file.name for file in remove_parts(tmp_path)] == ["b.png.0123abcd.part.png"]
