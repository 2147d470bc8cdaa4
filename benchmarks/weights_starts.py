"""How good one start of weight matching is, by where it begins.

Pairs of networks 64-w-w-w-10 that were trained on small digits are matched from one start each. A
start is trapped if its objective is more than 3 % below the best of all starts of its pair.
"""

import argparse
import statistics
import time
from collections.abc import Iterator

import torch
from weights_peers import trained

from pyg_symm.weights import Permutation, PermutationSpec
from pyg_symm.weights.matching.descent import Descent
from pyg_symm.weights.matching.frank_wolfe import relaxed_pair
from pyg_symm.weights.matching.objective import Objective
from pyg_symm.weights.matching.terms import tensor_terms

SHORT = 0.97
KINDS = [
    "forward pass",
    "Frank-Wolfe",
    "Frank-Wolfe, random point",
    "identity",
    "random permutation",
]
Found = dict[str, list[tuple[float, float]]]


def starts(
    descent: Descent, spec: PermutationSpec, more: int, generator: torch.Generator
) -> Iterator[tuple[str, Permutation]]:
    yield KINDS[0], descent.forward_start(spec.identity())
    yield KINDS[1], relaxed_pair(descent)[0]
    for _ in range(more):
        yield KINDS[2], relaxed_pair(descent, near=spec.random(generator))[0]
    yield KINDS[3], spec.identity()
    for _ in range(more):
        yield KINDS[4], spec.random(generator)


def match_pair(width: int, seed: int, more: int) -> Found:
    """Objective and processor seconds of each start, by where it begins."""
    spec, a, b = trained(width, seed)
    found: Found = {kind: [] for kind in KINDS}
    descent = Descent(spec, Objective(tensor_terms(spec, a), tensor_terms(spec, b)))
    generator = torch.Generator().manual_seed(seed)
    begin = time.process_time()
    for kind, at in starts(descent, spec, more, generator):
        _, history = descent.run(at, generator)
        found[kind].append((history[-1], time.process_time() - begin))
        begin = time.process_time()
    return found


def table(pairs: list[Found]) -> str:
    best = [max(value for ends in pair.values() for value, _ in ends) for pair in pairs]
    lines = [
        "| start | runs | trapped | objective / best: median | lowest | seconds |",
        "|---" * 6 + "|",
    ]
    for kind in KINDS:
        shares = [v / top for pair, top in zip(pairs, best, strict=True) for v, _ in pair[kind]]
        seconds = statistics.median(s for pair in pairs for _, s in pair[kind])
        trapped = sum(share < SHORT for share in shares)
        lines.append(
            f"| {kind} | {len(shares)} | {trapped} | {statistics.median(shares):.4f} | "
            f"{min(shares):.3f} | {seconds:.3g} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", nargs="+", type=int, default=[64, 256])
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--more", type=int, default=4, help="random starts of each kind and pair")
    args = parser.parse_args()
    torch.set_num_threads(1)
    for width in args.widths:
        pairs = [match_pair(width, seed, args.more) for seed in range(args.pairs)]
        print(f"\nWidth {width}:\n\n{table(pairs)}", flush=True)


if __name__ == "__main__":
    main()
