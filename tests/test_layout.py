"""Who may import whom: a module may only use its own floor and the floors below."""

import ast
from pathlib import Path

import pytest

import pyg_symm

ROOT = Path(pyg_symm.__file__).parent
FLOORS = {
    "utils": 0,
    "groups": 1,
    "diffusion": 1,
    "chem": 1,
    "nn": 2,
    "transforms": 2,
    "testing": 2,
    "datasets": 3,
    "metrics": 3,
    "generation": 3,
    "tasks": 4,
    "run": 5,
}
ONLY_IN = {
    "hydra": "run",
    "omegaconf": "run",
    "pytorch_lightning": ("tasks", "run"),
    "rdkit": "chem",
    "pyg_symm.chem.toolkit": "chem",  # It hands out modules of rdkit.
}


def imports(source, package):
    """Dotted names that a module of a package imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            prefix = ".".join(base) + "." if node.level else ""
            if node.module:
                yield prefix + node.module
            yield from (
                prefix + (f"{node.module}." if node.module else "") + alias.name
                for alias in node.names
            )


def violations(source, package):
    room = package.split(".")[1] if "." in package else None
    for name in imports(source, package):
        top, *rest = name.split(".")
        allowed = ONLY_IN.get(top) or ONLY_IN.get(".".join([top, *rest[:2]]))
        if allowed and room not in ([allowed] if isinstance(allowed, str) else allowed):
            yield f"{package} imports {name}"
        if top == "pyg_symm" and rest and rest[0] in FLOORS:
            if room is None or FLOORS[rest[0]] > FLOORS[room]:
                yield f"{package} imports {name}"


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_floors(file):
    package = ".".join(["pyg_symm", *file.parent.relative_to(ROOT).parts])
    assert list(violations(file.read_text(), package)) == []


def test_every_room_has_a_floor():
    rooms = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"conf"}
    assert rooms <= FLOORS.keys()


@pytest.mark.parametrize(
    "source, package",
    [
        ("from pyg_symm.nn import LCMAggregation", "pyg_symm.utils"),
        ("import pyg_symm.tasks.base", "pyg_symm.nn.aggr"),
        ("from ...datasets import MUTAG", "pyg_symm.nn.aggr"),
        ("from .. import run", "pyg_symm.tasks"),
        ("def f():\n    from pyg_symm import datasets", "pyg_symm.nn"),
        ("import hydra", "pyg_symm.tasks"),
        ("from pytorch_lightning import Trainer", "pyg_symm.datasets"),
        ("from .nn import LCMAggregation", "pyg_symm"),
        ("from rdkit import Chem", "pyg_symm.metrics.molecules"),
        ("from pyg_symm.chem.toolkit import rdkit", "pyg_symm.datasets"),
    ],
)
def test_wrong_imports_are_caught(source, package):
    assert list(violations(source, package))


@pytest.mark.parametrize(
    "source, package",
    [
        ("from .tree import TreePlan", "pyg_symm.nn.aggr"),
        ("from ..resolver import aggregation_resolver", "pyg_symm.nn.models"),
        ("from pyg_symm.utils import check_ptr", "pyg_symm.nn.aggr"),
        ("import hydra, pytorch_lightning", "pyg_symm.run"),
        ("from torch_geometric.datasets import TUDataset", "pyg_symm.utils"),
    ],
)
def test_right_imports_pass(source, package):
    assert not list(violations(source, package))


def test_every_module_has_a_test_beside_it():
    tests = Path(__file__).parent
    names = {file.name for file in tests.rglob("test_*.py")}
    untested = [
        str(file.relative_to(ROOT))
        for file in ROOT.rglob("*.py")
        if file.name != "__init__.py"
        and f"test_{file.name}" not in names
        and f"test_{file.parent.name}.py" not in names
    ]
    assert untested == []
