"""logP of molecules of scaffolds that were not in training: the worst scaffold of each method.

The molecules are those that are installed with rdkit. Half of the scaffolds are held out at random.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from harness import cached
from reports import write_results

from pyg_symm.causal import CausalMinimaxRegressor, GraphShift, baselines_of, worst_env_report
from pyg_symm.chem import nci_file, read_smiles
from pyg_symm.utils import markdown_table

# The scaffold decides on aromatic rings and size. QED is a formula of logP, the other descriptors
# and substructures that are not in the table, which differ between scaffolds.
CAUSES = ["heavy_atoms", "hetero_atoms", "aromatic_rings", "donors", "rotatable_bonds"]
EDGES = [
    *(("E", name) for name in ("aromatic_rings", "heavy_atoms", "QED")),
    ("aromatic_rings", "heavy_atoms"),
    ("heavy_atoms", "hetero_atoms"),
    ("heavy_atoms", "rotatable_bonds"),
    ("hetero_atoms", "donors"),
    *((name, "Y") for name in CAUSES),
    *((name, "QED") for name in [*CAUSES, "Y"]),
]
FIELDS = ["method", "split", "worst", "scaffold", "mean", "training"]


def load(limit: int | None = None) -> GraphShift:
    """Molecules of scaffolds with 20 of them, with the descriptors of the graph."""
    smiles = read_smiles(nci_file())[:limit]
    shift = GraphShift.from_smiles(smiles, "logP", min_count=20)
    return shift.take(shift.env != "other").pick([*CAUSES, "QED"])


def run(shift: GraphShift, split: int, linear: bool, seed: int = 0) -> list[dict[str, Any]]:
    """Squared errors of all methods on one split, with random features of a seed."""
    graph = nx.DiGraph(EDGES)
    regressor, options = ("linear", {"num_features": 0}) if linear else ("rff", {})
    methods = {
        "causal minimax": CausalMinimaxRegressor(graph, regressor=regressor, random_state=seed)
    }
    methods |= baselines_of(graph, random_state=seed, **options)
    train, test = shift.split(seed=split)
    rows = []
    for name, model in methods.items():
        model.fit(train.X, train.y, train.env, feature_names=list(train.names))
        found, seen = (
            worst_env_report(part.y, model.predict(part.X), part.env) for part in (test, train)
        )
        figures = {"worst": found.max, "scaffold": found.worst}
        figures |= {"mean": found.mean, "training": seen.max}
        rows.append({"method": name, "split": split, **figures})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Means and standard errors over splits."""
    lines = [
        ["method", "worst new scaffold", "mean of new scaffolds", "worst scaffold in training"]
    ]
    for name in dict.fromkeys(row["method"] for row in rows):
        cells = [name]
        for key in ("worst", "mean", "training"):
            values = np.array([row[key] for row in rows if row["method"] == name])
            error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
            cells.append(f"{values.mean():.2f} ± {error:.2f}")
        lines.append(cells)
    return markdown_table(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--linear", action="store_true", help="without random features")
    parser.add_argument("--seed", type=int, default=0, help="of random features")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/causal_molecules"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    shift = load()
    rows = []
    for split in range(args.splits):
        key = f"{'linear' if args.linear else 'features'}, {args.seed}, {split}"
        found = cached(
            args.folder / "results.json",
            key,
            lambda split=split: {"rows": run(shift, split, args.linear, args.seed)},
        )
        rows += found["rows"]
        print(json.dumps(found["rows"]), flush=True)
    text = table(rows)
    write_results(args.folder, FIELDS, rows, text)
    print(text)


if __name__ == "__main__":
    main()
