import gzip
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyg_symm.chem import parse_smiles, read_smiles

SMILES = ["CCO", "c1ccccc1", "CC(=O)O"]


def write(path, text):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt") as file:
        file.write(text)
    return str(path)


@pytest.mark.parametrize("ending", [".smi", ".smiles", ".txt", ".smi.gz"])
def test_lines(tmp_path, ending):
    path = write(tmp_path / f"m{ending}", "CCO ethanol\nc1ccccc1\tbenzene\n\nCC(=O)O\n")
    assert read_smiles(path) == SMILES
    path = write(tmp_path / f"named{ending}", "SMILES name\nCCO ethanol\n\tnothing\n")
    assert read_smiles(path) == ["CCO", ""]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv"])
def test_tables(tmp_path, ending):
    rows = [["id", "Smiles", "name"], *([str(i), s, "x"] for i, s in enumerate(SMILES))]
    text = "\n".join(("\t" if ending == ".tsv" else ",").join(row) for row in rows)
    path = write(tmp_path / f"m{ending}", text)
    assert read_smiles(path) == SMILES
    assert read_smiles(path, column="id") == ["0", "1", "2"]
    with pytest.raises(ValueError, match=r"no column 'mol' \(got .* with \['id', 'Smiles', 'na"):
        read_smiles(path, column="mol")


def test_nothing_to_read(tmp_path):
    with pytest.raises(ValueError, match="no column 'smiles'"):
        read_smiles(write(tmp_path / "m.csv", ""))
    assert read_smiles(write(tmp_path / "m.smi", "")) == []
    with pytest.raises(ValueError, match=r"'path' must end in one of .* \(got 'm.xyz'\)"):
        read_smiles("m.xyz")
    with pytest.raises(FileNotFoundError):
        read_smiles(str(tmp_path / "none.smi"))


def test_damaged(tmp_path):
    path = write(tmp_path / "m.smi.gz", "CCO\n" * 10_000)
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="'path' is damaged"):
        read_smiles(path)
    Path(path).write_bytes(b"CCO\n")
    with pytest.raises(ValueError, match="'path' is damaged"):
        read_smiles(path)


@pytest.mark.parametrize(
    "header", ["smiles", "SMILES name", "canonical_smiles", "#smiles", "# a, b"]
)
@pytest.mark.parametrize("before", ["", "\n", "# mine\n \n"])
def test_header_lines_are_no_molecules(tmp_path, header, before):
    path = write(tmp_path / "m.smi", f"{before}{header}\nCCO\n# half\nc1ccccc1 x\n\nCC(=O)O\n")
    assert read_smiles(path) == SMILES


def test_only_the_first_line_is_a_header(tmp_path):
    assert read_smiles(write(tmp_path / "m.smi", "CCO\nsmiles\n")) == ["CCO", "smiles"]
    assert read_smiles(write(tmp_path / "n.smi", "structure\nCCO\n")) == ["structure", "CCO"]


def test_columns_with_similar_names(tmp_path):
    path = write(tmp_path / "m.csv", "id,canonical_smiles\n1,CCO\n")
    assert read_smiles(path) == ["CCO"]
    path = write(tmp_path / "n.csv", "a_smiles,b_smiles\nC,CCO\n")
    with pytest.raises(ValueError, match="no column 'smiles'.*'column' names another one"):
        read_smiles(path)
    assert read_smiles(path, "b_smiles") == ["CCO"]
    path = write(tmp_path / "o.csv", "a_smiles,SMILES\nC,CCO\n")
    assert read_smiles(path) == ["CCO"]


@pytest.mark.parametrize(
    "rows, line",
    [
        ('CCO,"ethanol\nCCN,amine\nCCC,propane\n', 2),
        ('CCO,ethanol\nCCN,"amine\nCCC,"propane"\n', 3),
        ('CCO,"ethanol\nCCN,amine\nCCC,"\n', 2),
        ('CCO,a\n\n"CCN,amine\n', 4),
    ],
)
def test_a_quote_that_is_not_closed(tmp_path, rows, line):
    path = write(tmp_path / "m.csv", "SMILES,name\n" + rows)
    with pytest.raises(ValueError, match=rf"m.csv'\): line {line}: "):
        read_smiles(path)
    good = write(tmp_path / "n.csv", 'SMILES,name\n"CCO","a, b"\nC,"says ""x"""\n')
    assert read_smiles(good) == ["CCO", "C"]


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "m.smi"
    path.write_bytes("CCO\nC caf\u00e9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"m.smi'\): line 2 is not UTF-8 text"):
        read_smiles(str(path))
    path.write_bytes("\ufeffCCO caf\u00e9\n".encode())
    assert read_smiles(str(path)) == ["CCO"]


@pytest.mark.parametrize("ending", [".smi", ".csv", ".csv.gz"])
def test_huge_molecules_are_read_and_refused(tmp_path, ending):
    rows = ["smiles", "CCO", "C" * 200_000, "C" + "(C" * 100_000 + ")" * 100_000, "(" * 10_000_000]
    path = write(tmp_path / f"m{ending}", "\n".join([*rows, "CCN,x", ""]))
    begin = time.perf_counter()
    smiles = read_smiles(path)
    assert [parse_smiles(text)[1] for text in smiles[1:4]] == ["size"] * 3
    assert time.perf_counter() - begin < 5
    assert len(smiles) == 5 and smiles[0] == "CCO" and smiles[4].startswith("CCN")


def bomb(path, line, count):
    with gzip.open(path, "wb", compresslevel=6) as file:
        for _ in range(count):
            file.write(line)


@pytest.mark.parametrize("line", [b"C" * 1_000_000, b"CCCCCCC\n" * 125_000])
def test_archives_that_expand_without_bound(tmp_path, line):
    path = tmp_path / "m.smi.gz"
    bomb(path, line, 200)
    assert path.stat().st_size < 300_000
    code = (
        "import sys; from pyg_symm.chem import read_smiles\n"
        "import resource; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_smiles(sys.argv[1])\n"
        "except ValueError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    out = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    message, kilobytes = out.stdout.splitlines()
    assert "it expands to more than 200 times its" in message and "m.smi.gz" in message
    assert int(kilobytes) < 600_000


def test_columns_between_semicolons_are_not_found(tmp_path):
    (tmp_path / "a.csv").write_text("name;smiles;mass\nethanol;CCO;46\n")
    with pytest.raises(ValueError, match="no column 'mol'.*separated by commas .* not by semicol"):
        read_smiles(str(tmp_path / "a.csv"), "mol")
    (tmp_path / "b.csv").write_text("SMILES;mass\nCCO;46\n")
    with pytest.raises(ValueError, match="no column 'smiles'.*not by semicolons"):
        read_smiles(str(tmp_path / "b.csv"))
    assert read_smiles(str(tmp_path / "b.csv"), "SMILES;mass") == ["CCO;46"]


@pytest.mark.parametrize("text", [b"CCO\rCCN\rC\r", b"CCO a\nCCN\rC\n"])
def test_carriage_returns_within_lines_hide_no_molecules(tmp_path, text):
    (tmp_path / "old.smi").write_bytes(text)
    with pytest.raises(ValueError, match=r"old.smi'\): line \d has a carriage return"):
        read_smiles(str(tmp_path / "old.smi"))
    (tmp_path / "new.smi").write_bytes(b"\xef\xbb\xbfCCO\r\nCCN \r\r\n\r\nC")
    assert read_smiles(str(tmp_path / "new.smi")) == ["CCO", "CCN", "C"]
