"""Everything that wants a GPU, within a given number of minutes.

In this order, as far as the time goes: tests that need a GPU; the other benchmarks that know
``--device``; rates of training and sampling; training of a generator of molecules from the weights
of a saved model, in bfloat16, with the learning rate at zero by the end; samples of what has been
trained. Results go to the folder ``--out``; training that was stopped goes on from its last
checkpoint there.

Molecules of MOSES are converted once, on all cores (a minute on sixteen), and kept as padded bytes
in ``resident.pt``, which another machine can be given by ``--resident``. Compiled code is kept in
``TORCHINDUCTOR_CACHE_DIR``: a first run compiles for half a minute a shape, later ones for two
seconds.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import torch
from gpu_common import MODES, NETWORKS, graphs_of, left, part_of, say
from gpu_rates import rows
from gpu_training import sample, train

from pyg_symm.generation import PARD

STEPS = ["tests", "benchmarks", "rows", "train", "sample"]


def run_tests(args: argparse.Namespace) -> None:
    """Tests whose parameters name a GPU."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "cuda"]
    result = subprocess.run(
        [*command, *args.tests], capture_output=True, text=True, timeout=max(1.0, left(args))
    )
    say(result.stdout[-1500:], result.stderr[-500:])
    (args.out / "tests.log").write_text(result.stdout + result.stderr)


def run_benchmarks(args: argparse.Namespace) -> None:
    """Other benchmarks, on the device; each ends with the time that is left for rows."""
    for text in args.benchmarks:
        script, *options = text.split()
        command = [sys.executable, str(Path(__file__).parent / script), *options]
        seconds = max(1.0, left(args) - args.reserve)
        try:
            result = subprocess.run(
                [*command, "--device", args.device.type],
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            say("no time for", text)
            continue
        say(text, result.stdout, result.stderr[-2000:] if result.returncode else "")
        (args.out / f"{Path(script).stem}.md").write_text(result.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", type=Path, default=Path("runs/gpu"))
    parser.add_argument("--steps", nargs="+", default=STEPS)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--model", default="moses", help="a saved model to go on from")
    parser.add_argument("--weights", default=None, help="other weights of that model")
    parser.add_argument("--resident", type=Path, default=None, help="molecules as padded bytes")
    parser.add_argument("--root", default=None, help="where datasets are kept")
    parser.add_argument("--limit", type=int, default=None, help="molecules to convert")
    parser.add_argument("--tests", nargs="*", default=["tests"])
    every = [f"{network}:{mode}:512" for network in NETWORKS for mode in MODES]
    parser.add_argument("--rows", nargs="*", default=every, help="network:mode:batch size")
    parser.add_argument("--benchmarks", nargs="*", default=["aggregators.py --quick", "spen.py"])
    parser.add_argument("--seconds", type=float, default=5, help="of a row")
    parser.add_argument("--reserve", type=float, default=0, help="seconds that rows leave")
    parser.add_argument("--samplers", nargs="*", default=["eager", "cudagraphs"])
    parser.add_argument("--count", type=int, default=4000, help="samples of a row")
    parser.add_argument("--fresh", action="store_true", help="train new weights")
    parser.add_argument("--network", default="128/32/4", choices=NETWORKS)
    parser.add_argument("--mode", default="compiled and recorded", choices=MODES)
    parser.add_argument("--num-shapes", type=int, default=4)
    parser.add_argument("--shapes", nargs="*", type=int, default=[], help="given ones instead")
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--decay", type=float, default=0.4)
    parser.add_argument("--warm-up", type=int, default=300)
    parser.add_argument("--round", type=int, default=500, help="steps between validations")
    parser.add_argument("--keep-for-samples", type=float, default=60, help="seconds")
    parser.add_argument("--samples", nargs="*", default=["plain:25000"])
    args = parser.parse_args()
    args.device = torch.device(args.device)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_float32_matmul_precision("high")
    if "tests" in args.steps:
        run_tests(args)
    if "benchmarks" in args.steps:
        run_benchmarks(args)
    graphs = graphs_of(args) if {"rows", "train"} & set(args.steps) else None
    if args.shapes and graphs is not None and args.shapes[-1] < int(graphs.sizes.max()):
        graphs = part_of(graphs, (graphs.sizes <= args.shapes[-1]).nonzero().view(-1))
    name = torch.cuda.get_device_name() if args.device.type == "cuda" else "CPU"
    say(name, torch.__version__, None if graphs is None else tuple(graphs.node.shape))
    if "rows" in args.steps:
        rows(args, graphs)
    model = train(args, graphs) if "train" in args.steps else None
    if "sample" in args.steps:
        sample(args, model or PARD.from_pretrained(args.model, args.device))
    say("done")


if __name__ == "__main__":
    main()
