import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch_geometric.transforms import AddRandomWalkPE, Compose, ToUndirected

from pyg_symm.datasets import default_root
from pyg_symm.utils.root import digest


def test_default_root(tmp_path, monkeypatch):
    home = str(tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYG_SYMM_DATA", raising=False)
    monkeypatch.setattr(Path, "expanduser", lambda path: Path(str(path).replace("~", home)))
    assert Path(default_root()) == Path(f"{home}/.cache/pyg_symm")
    (tmp_path / "data").mkdir()
    assert Path(default_root()) == tmp_path / "data"
    monkeypatch.setenv("PYG_SYMM_DATA", "~/elsewhere")
    assert Path(default_root()) == Path(f"{home}/elsewhere")
    monkeypatch.setenv("PYG_SYMM_DATA", "")
    assert Path(default_root()) == tmp_path / "data"


def make_lambda(number):
    return lambda data: data.num_nodes > number


def recursive(flag):
    def call(n):
        return flag if n == 0 else call(n - 1)

    return call


class Method:
    def __init__(self, size):
        self.size = size

    def __call__(self, data):
        return data

    def keep(self, data):
        return data.num_nodes < self.size


DIFFERENT = [
    None,
    0,
    "0",
    [0],
    {0},
    {"a": [0, 1]},
    {"a": [1, 0]},
    make_lambda(1),
    make_lambda(2),
    recursive(True),
    recursive(False),
    lambda data: data.x,
    lambda data: data.y,
    lambda data, k=1: k,
    lambda data, k=2: k,
    lambda data: data.name in {"a", "b"},
    functools.partial(sorted, key=lambda x: x),
    functools.partial(sorted, key=lambda x: -x),
    Method(1),
    Method(2),
    Method(1).keep,
    Method(2).keep,
    Method,
    AddRandomWalkPE(3),  # PyG's own repr does not tell these two apart.
    AddRandomWalkPE(4),
    Compose([ToUndirected(), make_lambda(1)]),
    Compose([ToUndirected(), make_lambda(2)]),
    torch.arange(2000),  # Printed with dots in the middle.
    torch.arange(2000).scatter(0, torch.tensor([1000]), -1),
]


def test_different_values_have_different_digests():
    digests = [digest({"value": value}) for value in DIFFERENT]
    assert len(set(digests)) == len(DIFFERENT)


def test_equal_values_have_equal_digests():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})
    for make in (make_lambda, recursive, Method, AddRandomWalkPE):
        assert digest({"value": make(1)}) == digest({"value": make(1)})
    loop: list = []
    loop.append(loop)
    assert digest({"value": loop}) == digest({"value": loop})


@pytest.mark.slow
def test_digest_is_the_same_in_another_process():
    # Under the name that pytest gave it: a digest tells functions apart by their modules.
    code = (
        "import sys; from importlib.util import module_from_spec, spec_from_file_location; "
        f"spec = spec_from_file_location({__name__!r}, {__file__!r}); "
        f"t = module_from_spec(spec); sys.modules[{__name__!r}] = t; spec.loader.exec_module(t); "
        "print([t.digest({'': value}) for value in t.DIFFERENT])"
    )
    env = {**os.environ, "PYTHONHASHSEED": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    assert run.stdout.decode().strip() == str([digest({"": value}) for value in DIFFERENT])


def test_import_is_light():
    code = "import sys, pyg_symm.datasets; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    tops = {module.split(".")[0] for module in modules.decode().split()}
    assert tops.isdisjoint({"rdkit", "hydra", "pytorch_lightning", "lightning"})
