import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.chem import nci_file, read_smiles
from pyg_symm.datasets import NCI5K, PNAMultitask, SmilesGraphs, conversion
from pyg_symm.datasets.processed import ProcessedInMemoryDataset


class Toy(ProcessedInMemoryDataset):
    """Paths of one to five nodes."""

    @property
    def processed_dir(self):
        return os.path.join(self.root, "processed")

    @property
    def processed_file_names(self):
        return ["data.pt"]

    def __init__(self, root, pre_transform=None, **kwargs):
        super().__init__(str(root), None, pre_transform, **kwargs)
        self.load(self.processed_paths[0])

    def process(self):
        sizes = range(1, 6)
        self.store([Data(x=torch.arange(n), num_nodes=n) for n in sizes], self.processed_paths[0])


SMILES = ["CCO", "c1ccccc1", "CC(=O)O", "C(", "CCN"] * 3
MAKE = {
    "toy": lambda root, **kwargs: Toy(root, **kwargs),
    "pna": lambda root, **kwargs: PNAMultitask(str(root), num_graphs_per_size=1, **kwargs),
    "smiles": lambda root, **kwargs: SmilesGraphs(SMILES, root=str(root), **kwargs),
}


class Malice:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return subprocess.check_output, (["touch", self.path],)


@pytest.fixture(params=MAKE)
def make(request):
    return MAKE[request.param]


def contents(dataset):
    return [data.to_dict() for data in dataset]


def assert_equal(first, second):
    torch.testing.assert_close(contents(first), contents(second), rtol=0, atol=0)


@pytest.mark.parametrize("name", ["pre_transform.pt", "pre_filter.pt"])
def test_pickles_of_the_folder_are_not_read(tmp_path, make, name):
    folder = Path(make(tmp_path).processed_dir)
    assert not list(folder.glob("pre_*.pt"))
    torch.save(Malice(tmp_path / "executed"), folder / name)
    make(tmp_path)
    make(tmp_path, force_reload=True)
    assert not (tmp_path / "executed").exists()


def test_processed_pickles_run_no_code(tmp_path):
    dataset = Toy(tmp_path)
    torch.save((Malice(tmp_path / "executed"), None, Data), dataset.processed_paths[0])
    with pytest.raises(RuntimeError, match="data.pt' is damaged .*force_reload=True"):
        Toy(tmp_path)
    # Also with a record that was written to fit.
    with pytest.raises(RuntimeError, match="data.pt' holds more than tensors"):
        dataset._write_record()
        Toy(tmp_path)
    assert not (tmp_path / "executed").exists()
    assert len(Toy(tmp_path, force_reload=True)) == 5


def test_record(tmp_path):
    dataset = Toy(tmp_path, pre_transform=repr_of_nothing)
    record = json.loads((Path(dataset.processed_dir) / "record.json").read_text())
    assert record["pre_filter"] == "None" and "repr_of_nothing" in record["pre_transform"]
    assert list(record["sha256"]) == ["data.pt"]


def repr_of_nothing(data):
    return data


def test_splits_share_a_folder(tmp_path):
    val = MAKE["pna"](tmp_path, split="val")
    assert val.processed_dir == MAKE["pna"](tmp_path).processed_dir
    before = Path(val.processed_dir, "train.pt").stat().st_mtime_ns
    MAKE["pna"](tmp_path)
    MAKE["pna"](tmp_path, split="test")
    assert Path(val.processed_dir, "train.pt").stat().st_mtime_ns == before
    assert_equal(MAKE["pna"](tmp_path, split="val"), val)


def flipped(content):
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


DAMAGE = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "a byte less": lambda content: content[:-1],
    "a bit": flipped,
    "first bit": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "other letters": lambda content: bytes(range(256)) * 3,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_files_are_named_and_mended(tmp_path, make, damage):
    dataset = make(tmp_path)
    for file in sorted(Path(dataset.processed_dir).iterdir()):
        content = file.read_bytes()
        if file.name == ".lock":  # Empty.
            continue
        file.unlink()  # The old one is mapped into memory.
        file.write_bytes(damage(content))
        try:
            assert_equal(make(tmp_path), dataset)
        except RuntimeError as error:
            assert f"{file}' is damaged" in str(error) or "record.json" in file.name
            assert "force_reload=True" in str(error)
        else:
            assert file.name == "record.json"
        assert_equal(make(tmp_path, force_reload=True), dataset)


def test_missing_files_are_made_again(tmp_path, make):
    dataset = make(tmp_path)
    kept = contents(dataset)
    for file in sorted(Path(dataset.processed_dir).iterdir()):
        file.unlink()
        torch.testing.assert_close(contents(make(tmp_path)), kept, rtol=0, atol=0)


KILLED = """
import os, signal, sys
from tests.datasets.test_processed import Toy
class Killed(Toy):
    def _write_record(self):
        os.kill(os.getpid(), signal.SIGKILL)
Killed.__name__ = "Toy"
open(sys.argv[1] + "/processed/data.pt.01234567.part", "w").write("half")
Killed(sys.argv[1])
"""


def test_a_folder_for_each_class_and_choice_of_arguments(tmp_path, monkeypatch):
    class Half(PNAMultitask):
        def arguments(self):
            return {**super().arguments(), "half": True}

    monkeypatch.setenv("PYG_SYMM_DATA", str(tmp_path))
    sets = [PNAMultitask(num_graphs_per_size=1, split=split) for split in ("val", "test")]
    sets += [PNAMultitask(num_graphs_per_size=2, split="val")]
    sets += [Half(num_graphs_per_size=1, split="val")]
    assert [Path(dataset.folder).name for dataset in sets] == ["PNAMultitask"] * 3 + ["Half"]
    val, test, other, half = (dataset.processed_dir for dataset in sets)
    assert val == test and len({val, other, half}) == 3
    assert Path(val).parent == tmp_path / "PNAMultitask"


def test_after_a_kill(tmp_path):
    (tmp_path / "processed").mkdir()
    top = Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    killed = subprocess.run(command, cwd=top, env={**os.environ, "PYTHONPATH": str(top)})
    assert killed.returncode == -signal.SIGKILL
    (tmp_path / "processed" / "data.pt.89abcdef.part").write_text("half")
    assert len(Toy(tmp_path)) == 5
    names = {file.name for file in (tmp_path / "processed").iterdir()}
    assert names == {"data.pt", "record.json", ".lock"}


def test_parts_of_downloads_are_removed(tmp_path):
    dataset = NCI5K(str(tmp_path), pre_filter=lambda data: data.num_nodes < 3)
    part = Path(dataset.raw_dir) / "first_5K.smi.01234567.part"
    part.write_text("half")
    shutil.rmtree(dataset.processed_dir)
    NCI5K(str(tmp_path), pre_filter=lambda data: data.num_nodes < 3)
    assert not part.exists()


def convert(root):
    SmilesGraphs(read_smiles(nci_file())[:800], root=str(root), workers=2)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked")
def test_conversion_is_the_same_after_kills(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "CHUNK_SIZE", 32)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for files in (1, 5, 9):  # Killed as soon as there are so many files, finished or not.
        process = multiprocessing.get_context("fork").Process(target=convert, args=(killed,))
        process.start()
        while process.is_alive() and len(list(killed.rglob("*.bin*"))) < files:
            time.sleep(0.001)
        process.kill()
        process.join()
    convert(killed)
    convert(whole)
    contents = [
        {file.name: file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}
        for root in (killed, whole)
    ]
    assert contents[0] == contents[1] and not any(".part" in name for name in contents[0])
