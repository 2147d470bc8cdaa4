"""NFE beside PyG's models and PyKEEN's evaluator: training, ranking, and growth with entities.

Training and ranking are measured on UMLS, growth on random graphs of up to a million entities.
Results are kept in ``runs/benchmarks/nfe``: started again, it goes on where it was.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from harness import cached, limit_memory, measure_kept, median_seconds, time_and_memory
from nfe_peers import SETTINGS, installed, rankings, train
from reports import growth_line, write_results

from pyg_symm.datasets import UMLS
from pyg_symm.metrics import filtered_ranking
from pyg_symm.nn.kge import NFE
from pyg_symm.utils import markdown_table

LEVELS = [0.6, 0.7, 0.8, 0.85, 0.88, 0.9]
EPOCHS = 60
WAYS = ["ours, nfe1", "PyKEEN, nfe1", "PyG test, nfe1", "ours, DistMult", "PyG test, DistMult"]
WAYS += ["ours, RotatE", "PyG test, RotatE"]
ENTITIES = [10**3, 10**4, 10**5, 10**6]
QUERIES, GROWTH_CHANNELS = 256, 32
FIELDS = ["part", "name", "triples_per_second", "queries_per_second", "best", "entities"]
FIELDS += ["seconds", "megabytes", "failed", *(f"until {level}" for level in LEVELS)]


def growth(entities: int, gigabytes: float) -> dict[str, float]:
    """Seconds and megabytes to rank some triples on both sides, by the number of entities."""
    generator = torch.Generator().manual_seed(0)
    model = NFE(entities, 10, GROWTH_CHANNELS)
    test = tuple(
        torch.randint(size, (QUERIES // 2,), generator=generator)
        for size in (entities, 10, entities)
    )
    limit_memory(gigabytes)
    small = NFE(100, 10, GROWTH_CHANNELS)
    index = torch.zeros(1, dtype=torch.long)
    return time_and_memory(
        lambda: filtered_ranking(model, test, [test]),
        lambda: filtered_ranking(small, (index, index, index)),
        once=False,
    )


def run(part: str, name: str, args: Any) -> dict[str, Any]:
    torch.set_num_threads(1)
    if part == "growth":
        return growth(int(name), args.gigabytes)
    graph = UMLS(args.root)
    if part == "training":
        return train(name, graph, EPOCHS, LEVELS)
    num, work = rankings(name, graph)
    return {"queries_per_second": num / median_seconds(work)}


def report(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Writes and prints three tables."""
    training = [["model", "triples/s", "best MRR", *(f"s until {level}" for level in LEVELS)]]
    ranking, sizes = [["way, model", "queries/s"]], []
    for row in rows:
        if row["part"] == "training" and "best" in row:
            row |= {f"until {key}": value for key, value in row.pop("seconds_until", {}).items()}
            until = [f"{row[k]:.2f}" if (k := f"until {level}") in row else "" for level in LEVELS]
            rate = f"{row['triples_per_second']:,.0f}"
            training.append([row["name"], rate, f"{row['best']:.3f}", *until])
        elif row["part"] == "ranking" and "queries_per_second" in row:
            ranking.append([row["name"], f"{row['queries_per_second']:,.0f}"])
        elif row["part"] == "growth":
            sizes.append({**row, "entities": int(row["name"])})
    line = growth_line(f"ranking {QUERIES} queries", sizes, "entities", "N")
    text = "\n\n".join([markdown_table(training), markdown_table(ranking), line])
    write_results(folder, FIELDS, rows, text)
    print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to 10,000 entities")
    parser.add_argument("--parts", nargs="+", default=["training", "ranking", "growth"])
    parser.add_argument("--seconds", type=float, default=600, help="limit of each measurement")
    parser.add_argument("--gigabytes", type=float, default=4, help="limit of each measurement")
    parser.add_argument("--root", help="where the data are (default: that of the data sets)")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/nfe"))
    parser.add_argument("--work", nargs=2, metavar=("PART", "NAME"))
    args = parser.parse_args()
    if args.work:
        print(json.dumps(run(*args.work, args)))
        return
    args.folder.mkdir(parents=True, exist_ok=True)
    names = {
        "training": list(SETTINGS),
        "ranking": [way for way in WAYS if installed() or not way.startswith("PyKEEN")],
        "growth": [str(n) for n in (ENTITIES[:2] if args.quick else ENTITIES)],
    }
    rows = []
    for part in args.parts:
        for name in names[part]:
            command = [__file__, "--gigabytes", str(args.gigabytes), "--work", part, name]
            command += ["--root", args.root] if args.root else []
            found = cached(
                args.folder / "results.json",
                f"{part}, {name}",
                lambda command=command: measure_kept(command, args.seconds),
            )
            rows.append({"part": part, "name": name, **found})
            print(rows[-1], flush=True)
    report(args.folder, rows)


if __name__ == "__main__":
    main()
