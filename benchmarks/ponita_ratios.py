"""How many times as long as PONITA its plain transcription takes, step by step in turn.

On a machine that other programs use, too, two measurements one after the other may differ by more
than what they measure. Here, the networks of ``ponita.py`` take one step each in turn, in one
process on one thread. The table has medians of processor time, and the median and quartiles of the
ratios of neighbouring steps. "Wall" is elapsed over processor time: 1 on an idle machine.
"""

import argparse
import json
import re
import statistics
import time

import torch
from harness import measure_kept
from ponita import CASES, MODES, OURS, PLAIN, assert_equal, batch_of, build, step
from reports import Row


def work(key: str, mode: str, rounds: int) -> Row:
    """Median milliseconds of each network, and ratios to ours."""
    torch.set_num_threads(1)
    case = CASES[key]
    given = batch_of(case)
    names = [name for name in MODES[mode] if name.startswith(OURS)]
    nets = {name: build(name, case) for name in names}
    assert_equal(nets[PLAIN], given)  # type: ignore[arg-type]
    steps = {name: step(name, mode, nets[name], given) for name in names}
    for run in (*steps.values(), *steps.values()):
        run()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    begin, busy = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        for name, run in steps.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    wall = (time.perf_counter() - begin) / (time.process_time() - busy)
    found: Row = {"wall": wall}
    for name in names:
        ratios = [b / a for a, b in zip(seconds[OURS], seconds[name], strict=True)]
        found[name] = [1000 * statistics.median(seconds[name]), *statistics.quantiles(ratios)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases and modes that match an expression")
    parser.add_argument("--rounds", type=int, default=20, help="steps of each network")
    parser.add_argument("--work", nargs=2, metavar=("CASE", "MODE"))
    args = parser.parse_args()
    if args.work:
        print(json.dumps(work(*args.work, args.rounds)))
        return
    print("| batch | | network | ms | ratio | quartiles | wall |\n|---|---|---|---|---|---|---|")
    for key, mode in ((key, mode) for mode in MODES for key in CASES):
        if not re.search(args.only, f"{key}, {mode}"):
            continue
        command = [__file__, "--work", key, mode, "--rounds", str(args.rounds)]
        found = measure_kept(command, 600)
        wall = found.pop("wall")
        for name, (ms, low, ratio, high) in found.items():
            cells = f"{ms:.1f} | {ratio:.2f} | {low:.2f} to {high:.2f} | {wall:.1f}"
            print(f"| {key} | {mode} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
