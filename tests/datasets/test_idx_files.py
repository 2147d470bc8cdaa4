import gzip

import pytest
import torch

from pyg_symm.datasets.idx_files import read_idx

HEADER = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_an_array_of_bytes(tmp_path, name):
    content = HEADER + bytes([1, 2, 3, 4, 5, 255])
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    values = read_idx(tmp_path / name)
    assert values.dtype == torch.uint8 and values.tolist() == [[1, 2, 3], [4, 5, 255]]
    values += 1  # It is memory of its own.


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must be an idx file of bytes"),
        (b"\0\0\x08", "must be an idx file of bytes"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", r"must be an idx file of bytes \(got '00000d01'"),
        (HEADER[:8], "must be an idx file of bytes"),
        (HEADER + b"12345", r"must have 6 bytes of values, for the shape \[2, 3\] \(got 5\)"),
        (HEADER + b"1234567", r"must have 6 bytes .* \(got 7\)"),
        (b"\0\0\x08\x01\xff\xff\xff\xff", "must have -1 bytes"),
    ],
)
def test_broken_files(tmp_path, content, message):
    (tmp_path / "broken").write_bytes(content)
    with pytest.raises(ValueError, match=f"broken' {message}"):
        read_idx(tmp_path / "broken")


def test_broken_compression(tmp_path):
    whole = gzip.compress(HEADER + b"123456" * 1)
    for content in (b"text", whole[:-9]):
        (tmp_path / "broken.gz").write_bytes(content)
        with pytest.raises(ValueError, match=r"broken\.gz' must be a file of gzip"):
            read_idx(tmp_path / "broken.gz")
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none.gz")
