import csv
import gzip

import pytest

from pyg_symm.run import compose_config, run_job
from pyg_symm.strings.files import find_pattern

TEXT = "GATTACA\nAC\n\nCATTAGACATTACA\n"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "mine.txt").write_text(TEXT)
    return str(tmp_path / "mine.txt")


def rows(folder):
    with open(folder / "matches.csv", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


def test_matches(path, tmp_path):
    result = find_pattern(path, "ATTACA", tmp_path / "out", k=1)
    assert result["lines"] == 4 and result["matches"] == 3 and result["by_distance"] == [2, 1]
    assert rows(tmp_path / "out") == [
        ("1", "1", "0", "ATTACA"),
        ("4", "1", "1", "ATTAGA"),
        ("4", "8", "0", "ATTACA"),
    ]
    assert "| 4 | 1 | 1 | `ATTAGA` |" in result["table"]


def test_letters_of_any_script_and_a_mark_of_the_byte_order(tmp_path):
    text = "\u03b1\u03b2\u03b3\U0001f9ea\n\u03b2\u03b3\n"
    (tmp_path / "greek.txt").write_text(text, encoding="utf-8-sig")
    result = find_pattern(str(tmp_path / "greek.txt"), "\u03b2\u03b3", tmp_path / "out")
    assert result["matches"] == 2
    content = (tmp_path / "out" / "matches.csv").read_text(encoding="utf-8")
    assert content.splitlines()[1:] == ["1,1,0,\u03b2\u03b3", "2,0,0,\u03b2\u03b3"]


def test_wildcards_and_packed_files(tmp_path):
    packed = tmp_path / "mine.txt.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    result = find_pattern(str(packed), "ATTA?A", tmp_path / "out", wildcard="?")
    assert result["matches"] == 3 and result["by_distance"] == [3]


def test_job(path, tmp_path):
    overrides = ["job=find_pattern", f"job.path={path}", "job.pattern=TT", "job.k=0"]
    result = run_job(compose_config("job", [*overrides, f"run_dir={tmp_path / 'job'}"]))
    assert result["matches"] == 3 and len(rows(tmp_path / "job")) == 3


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"pattern": ""}, "'pattern' must be a string of at least one letter"),
        ({"pattern": "A", "k": -1}, "'k' must not be negative"),
        ({"pattern": "A", "wildcard": "??"}, "'wildcard' must be one character"),
    ],
)
def test_bad_arguments(path, tmp_path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        find_pattern(path, out=tmp_path / "out", **kwargs)


def test_files_that_are_no_text(tmp_path):
    (tmp_path / "mine.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="'path' must be a text file"):
        find_pattern(str(tmp_path / "mine.txt"), "A", tmp_path / "out")
