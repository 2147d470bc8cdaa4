"""Who may import whom, which test belongs to which module, and how long a file may be.

The lists `KNOWN_...` hold what is still to be mended. They are strict: an entry that no longer
applies fails, and whoever mends it deletes the entry.
"""

import ast
import configparser
from pathlib import Path

import networkx as nx
import pytest

import pyg_symm

ROOT = Path(pyg_symm.__file__).parent
TESTS = Path(__file__).parent
FLOORS = {
    "utils": 0,
    "graphs": 1,
    "groups": 1,
    "diffusion": 1,
    "chem": 1,
    "strings": 1,
    "nn": 2,
    "weights": 2,
    "causal": 2,
    "transforms": 2,
    "testing": 2,
    "datasets": 3,
    "metrics": 3,
    "generation": 3,
    "tasks": 4,
    "run": 5,
}
ONLY_IN = {
    "hydra": ["run"],
    "omegaconf": ["run"],
    "pytorch_lightning": ["tasks", "run"],
    "rdkit": ["chem"],
}
MAX_LINES = 300

# Each circle with all of its modules.
KNOWN_CIRCLES = []
# Importer and imported module.
KNOWN_ARROWS: set[tuple[str, str]] = set()
# Modules without a test that mirrors them.
KNOWN_UNTESTED: set[str] = set()
# Tests in a room whose name is neither a module nor a package beside it.
KNOWN_STRAYS: set[str] = set()
# Longer than `MAX_LINES`, and why.
LONG_FILES: dict[str, str] = {}


def name_of(file):
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


FILES = {name_of(file): file for file in sorted(ROOT.rglob("*.py"))}


def imports(source, package):
    """Modules, or names in modules, that a module of a package imports anywhere in its code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def arrows(sources):
    """Pairs of importer and imported module, from the source of each module."""
    packages = {name.rpartition(".")[0] for name in sources}
    for name, source in sources.items():
        package = name if name in packages else name.rpartition(".")[0]
        for target in imports(source, package):
            while target and target not in sources:
                target = target.rpartition(".")[0]
            if target and target != name:
                yield name, target


def circles(sources):
    parts = nx.strongly_connected_components(nx.DiGraph(arrows(sources)))
    return [part for part in parts if len(part) > 1]


def room_of(name):
    return name.partition(".")[2].partition(".")[0]


def is_allowed(name, target):
    """Whether a module may import another one of the package."""
    room, other = room_of(name), room_of(target)
    return other in ("", room) or FLOORS[other] < FLOORS.get(room, -1)


def foreign(source, name):
    """Imports of other packages that belong to other rooms."""
    for target in imports(source, name):
        if room_of(name) not in ONLY_IN.get(target.split(".")[0], [room_of(name)]):
            yield target


def assert_known(found, known):
    assert not found - known, f"new: {sorted(found - known)}"
    assert not known - found, f"mended, to be deleted from the list: {sorted(known - found)}"


SOURCES = {name: file.read_text() for name, file in FILES.items()}


def test_imports_point_down_or_stay_in_their_room():
    wrong = {pair for pair in arrows(SOURCES) if not is_allowed(*pair)}
    assert_known(wrong, KNOWN_ARROWS)


def test_other_packages_stay_in_their_rooms():
    wrong = {name: list(foreign(source, name)) for name, source in SOURCES.items()}
    assert {name: targets for name, targets in wrong.items() if targets} == {}


def test_rdkit_modules_stay_in_chem():
    toolkit = "pyg_symm.chem.toolkit"  # It hands them out, so that no import shows.
    users = {name for name, target in arrows(SOURCES) if target == toolkit}
    assert users and {room_of(name) for name in users} == {"chem"}


def test_no_circles():
    found = circles(SOURCES)
    assert sorted(map(sorted, found)) == sorted(map(sorted, KNOWN_CIRCLES))


def test_every_room_has_a_floor():
    rooms = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"conf"}
    assert rooms <= FLOORS.keys()


def test_every_package_is_installed():
    config = configparser.ConfigParser()
    config.read(TESTS.parent / "setup.cfg")
    installed = set(config["options"]["packages"].split())
    folders = {file.parent.relative_to(ROOT.parent) for file in ROOT.rglob("__init__.py")}
    assert {".".join(folder.parts) for folder in folders} <= installed


def test_every_module_has_a_test_that_mirrors_it():
    modules = {file.relative_to(ROOT) for file in FILES.values() if file.name != "__init__.py"}
    untested = {f for f in modules if not (TESTS / f.parent / f"test_{f.name}").exists()}
    assert_known({f.as_posix() for f in untested}, KNOWN_UNTESTED)


def homes(test):
    """What a test may be about: `test_lcm.py` and `test_lcm_sorted.py` about the module `lcm`, and
    `test_aggr.py` about the package `aggr`, from inside of its folder or from beside it.
    """
    words = test.stem.removeprefix("test_").split("_")
    for num in range(len(words), 0, -1):
        name = "_".join(words[:num])
        yield test.parent / f"{name}.py"
        yield test.parent / name / "__init__.py"
        if test.parent.name == name:
            yield test.parent / "__init__.py"


def test_every_test_of_a_room_mirrors_a_module():
    rooms = [TESTS / room for room in FLOORS if (ROOT / room).exists()]
    tests = [f.relative_to(TESTS) for room in rooms for f in room.rglob("test_*.py")]
    strays = {f.as_posix() for f in tests if not any((ROOT / home).exists() for home in homes(f))}
    assert_known(strays, KNOWN_STRAYS)


def test_files_are_short():
    top = TESTS.parent
    folders = ["pyg_symm", "scripts", "benchmarks", "tests"]
    files = [file for folder in folders for file in (top / folder).rglob("*.py")]
    lines = {f.relative_to(top).as_posix(): len(f.read_text().splitlines()) for f in files}
    assert_known({name for name, num in lines.items() if num > MAX_LINES}, LONG_FILES.keys())


@pytest.mark.parametrize(
    "source, package, targets",
    [
        ("from .tree import TreePlan", "p.nn", ["p.nn.tree.TreePlan"]),
        ("from ..utils import a, b", "p.nn", ["p.utils.a", "p.utils.b"]),
        ("from .. import run", "p.tasks", ["p.run"]),
        ("def f():\n    from p import datasets", "p.nn", ["p.datasets"]),
        ("if TYPE_CHECKING:\n    import p.nn.spen as s", "p.nn", ["p.nn.spen"]),
    ],
)
def test_imports_are_found(source, package, targets):
    assert list(imports(source, package)) == targets


@pytest.mark.parametrize(
    "name, target, allowed",
    [
        ("pyg_symm.utils.files", "pyg_symm.nn", False),
        ("pyg_symm.nn.aggr.lcm", "pyg_symm.tasks.base", False),
        ("pyg_symm.metrics.moses", "pyg_symm.datasets.root", False),
        ("pyg_symm.testing.symmetry", "pyg_symm.nn", False),
        ("pyg_symm", "pyg_symm.nn", False),
        ("pyg_symm.nn.models.spen", "pyg_symm.nn.resolver", True),
        ("pyg_symm.nn.aggr", "pyg_symm.utils", True),
        ("pyg_symm.run.cli", "pyg_symm", True),
    ],
)
def test_floors_are_compared(name, target, allowed):
    assert is_allowed(name, target) == allowed


@pytest.mark.parametrize(
    "source, name, wrong",
    [
        ("import hydra", "pyg_symm.tasks.base", True),
        ("from pytorch_lightning import Trainer", "pyg_symm.datasets.tu", True),
        ("def f():\n    from rdkit.Chem import Mol", "pyg_symm.metrics.moses", True),
        ("import hydra, pytorch_lightning", "pyg_symm.run.train", False),
        ("from torch_geometric.datasets import TUDataset", "pyg_symm.utils", False),
    ],
)
def test_packages_have_rooms(source, name, wrong):
    assert bool(list(foreign(source, name))) == wrong


@pytest.mark.parametrize(
    "lazy",
    [
        "from .b import f",
        "import p.b",
        "def g():\n    from p.b import f",
        "if TYPE_CHECKING:\n    from . import b",
    ],
)
def test_circles_are_found(lazy):
    sources = {"p": "", "p.a": lazy, "p.b": "from .c import h", "p.c": "from p.a import g"}
    assert circles(sources) == [{"p.a", "p.b", "p.c"}]
    assert circles({**sources, "p.c": "from . import d", "p.d": ""}) == []


def test_a_module_that_imports_its_own_package_is_a_circle():
    assert circles({"p": "from .a import f", "p.a": "from p import g"}) == [{"p", "p.a"}]
