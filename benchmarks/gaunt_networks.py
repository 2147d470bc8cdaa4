"""GauntMACE, without and with odd paths, beside its twin with Clebsch-Gordan products in e3nn.

All networks have about as many parameters, and train for the same processor time. The first table
has errors with standard deviations over seeds, and milliseconds of processor time for a training
step of one batch on one thread, the median of seven.

    python benchmarks/gaunt_networks.py nbody --minutes 3
    python benchmarks/gaunt_networks.py tetris
    python benchmarks/gaunt_networks.py md --minutes 3 --files train.xyz atoms.xyz --test test.xyz
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from hydra.utils import instantiate

from pyg_symm.run import compose_config, train
from pyg_symm.run.build import build_model
from pyg_symm.utils.files import write_json

CLOCK = "++clock=time.process_time"
TWIN = "model._target_=cg_mace.CGMACE"
# The overrides of each network, with channels for the same number of parameters. Weights of e3nn
# have the variance one, and need a higher learning rate.
NETWORKS = {
    "nbody": {
        "CG": [TWIN, "parity=both", "hidden_channels=18", "optimizer.lr=1e-2"],
        "Gaunt, even": ["parity=even", "hidden_channels=32"],
        "Gaunt, both": ["parity=both", "hidden_channels=23"],
    },
    "tetris": {
        "CG": [TWIN, "parity=both", "hidden_channels=11"],
        "Gaunt, even": ["parity=even", "model.chiral=false", "hidden_channels=22"],
        "Gaunt, both": ["parity=both", "hidden_channels=16"],
    },
    "md": {
        "CG": [TWIN, "parity=even", "hidden_channels=16", "optimizer.lr=1e-2"],
        "Gaunt, even": ["parity=even", "hidden_channels=32"],
    },
}
STEPS = 7


def overrides(args: argparse.Namespace, network: str, seed: int) -> list[str]:
    """Those of one run."""
    out = [f"experiment=gaunt/{args.task}", *NETWORKS[args.task][network], f"seed={seed}"]
    out += ["threads=1", "progress=false"]
    if args.task != "tetris":
        out += [f"time_limit={args.minutes}", CLOCK]
    if args.task == "md":
        out.append(f"data.train.files=[{','.join(args.files)}]")
        for file in args.test:
            kind = "pyg_symm.datasets.XYZTrajectory"
            out.append(f"+data.tests.{Path(file).stem}={{_target_:{kind},files:{file}}}")
        out.append("task.dynamics=null")
    return out + args.override


def measure_step(cfg: Any) -> dict[str, float]:
    """Parameters, and processor time of a training step on the first batch."""
    data = instantiate(cfg.data)
    task = instantiate(cfg.task, model=build_model(cfg.model, data))
    task.fit_statistics(data.train)
    batch = next(iter(data.train_dataloader()))
    times = []
    for _ in range(3 + STEPS):
        begin = time.process_time()
        task.loss(batch).backward()
        times.append(1e3 * (time.process_time() - begin))
    num = sum(p.numel() for p in task.model.parameters())
    return {"parameters": num, "step_ms": statistics.median(times[3:])}


def run(args: argparse.Namespace, network: str, seed: int) -> dict[str, Any]:
    """The scores of one run, from its folder if it is complete."""
    name = f"{args.task}_{args.name}_{network.replace(', ', '_')}_{seed}"
    folder = args.out / name
    if (folder / "scores.json").is_file():
        return json.loads((folder / "scores.json").read_text())
    cfg = compose_config("train", [*overrides(args, network, seed), f"run_dir={folder}/run"])
    cfg.overwrite = True
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    scores = measure_step(cfg)
    metrics = train(cfg)
    scores["validations"] = len(metrics["curves"].get("seconds", []))
    scores |= {k: v for k, v in metrics.items() if isinstance(v, float)}
    write_json(folder / "scores.json", scores)
    return scores


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Means and standard deviations of all scores."""
    names = list(next(iter(rows.values()))[0])
    lines = ["| network | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for network, found in rows.items():
        cells = [network]
        for name in names:
            values = [scores[name] for scores in found]
            cell = f"{statistics.mean(values):.5g}"
            cells.append(cell + (f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Runs all networks, seed by seed, and prints the table after each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=list(NETWORKS))
    parser.add_argument("--minutes", type=float, default=3.0, help="processor time of a run")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--networks", nargs="+", help="some of CG; Gaunt, even; Gaunt, both")
    parser.add_argument("--files", nargs="+", default=[], help="extended XYZ files to train on")
    parser.add_argument("--test", nargs="+", default=[], help="extended XYZ files to test on")
    parser.add_argument("--name", default="default", help="of this choice of files and overrides")
    parser.add_argument("--out", type=Path, default=Path("runs/benchmarks/gaunt_networks"))
    parser.add_argument("--override", nargs="+", default=[], help="settings, such as lmax=2")
    args = parser.parse_args()
    chosen = args.networks or list(NETWORKS[args.task])
    rows: dict[str, list[dict[str, Any]]] = {network: [] for network in chosen}
    for seed in args.seeds:
        for network, found in rows.items():
            found.append(run(args, network, seed))
            print(json.dumps({"network": network, "seed": seed, **found[-1]}), flush=True)
        write_json(args.out / f"{args.task}_{args.name}.json", rows)
        (args.out / f"{args.task}_{args.name}.md").write_text(table(rows) + "\n")
        print(table(rows), flush=True)


if __name__ == "__main__":
    main()
