"""The published data of causal minimax subsets: a simulation and blood counts of mice."""

import csv
import gzip
import itertools
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np

SPLITS = ("12311121314151719", "134581011151617", "1389101316171819")
# Columns of mice: X1 to X5, and the target.
MICE = [f"IMPC_HEM_0{number}_001" for number in (30, 32, 36, 37, 39, 34)]
MOUSE_EDGES = "X1-X2 X3-X2 X5-X2 Y-X2 X2-X4 Y-X5 E-X5"


@dataclass(frozen=True)
class Split:
    """Training rows, and test environments with variables and targets."""

    data: str
    name: str
    graph: nx.DiGraph
    names: list[str]
    x: np.ndarray
    y: np.ndarray
    env: np.ndarray
    test: list[tuple[np.ndarray, np.ndarray]]


def read_simulation(folder: Path, name: str) -> Split:
    """One of the three published splits of 20 environments of 100 rows."""
    folder = folder / "simulation"
    graph = nx.read_gml(folder / "gtaug.gml")
    names = [f"X{number}" for number in range(1, 11)]

    def read(path: Path) -> dict[str, np.ndarray]:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt") as file:
            rows = list(csv.DictReader(file))
        return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}

    train = read(folder / f"{name}.train.csv.gz")
    tests = [read(path) for path in sorted((folder / name).glob("*.csv"))]
    x = np.stack([train[key] for key in names], 1)
    test = [(np.stack([t[key] for key in names], 1), t["Y"]) for t in tests]
    return Split("simulation", name, graph, names, x, train["Y"], train["E"], test)


def read_mice(folder: Path) -> list[Split]:
    """All 45 splits: the wild type, three lines and two others train, and eight lines test.

    Lines are numbered as they come in the file; the wild type is number 0.
    """
    with open(folder / "impc" / "mouse.csv") as file:
        rows = list(csv.DictReader(file))
    values = np.array([[float(row[key]) for key in MICE] for row in rows])
    number = {line: i for i, line in enumerate(dict.fromkeys(row["geno"] for row in rows))}
    env = np.array([number[row["geno"]] for row in rows])
    graph = nx.DiGraph(edge.split("-") for edge in MOUSE_EDGES.split())
    names = [f"X{i}" for i in range(1, 6)]
    always = (0, 2, 4, 7)
    others = [e for e in number.values() if e not in always]
    splits = []
    for pair in itertools.combinations(others, 2):
        mine = np.isin(env, [*always, *pair])
        test = [(values[env == e, :5], values[env == e, 5]) for e in others if e not in pair]
        name = "+".join(map(str, pair))
        splits.append(
            Split("mice", name, graph, names, values[mine, :5], values[mine, 5], env[mine], test)
        )
    return splits
