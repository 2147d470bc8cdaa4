"""Which units of networks ``trace_spec`` finds, and how well random permutations keep them.

Prints a table, and writes it to ``runs/benchmarks/weight_classes/table.md``. The error is the
largest difference of a result in float64, divided by the largest entry of the result, over three
random permutations of all classes at once.
"""

import copy
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from weight_networks import NETWORKS, Case

from pyg_symm.utils import markdown_table
from pyg_symm.weights import PermutationSpec, trace_spec
from pyg_symm.weights.copies import converted, tensors_of


def randomize(model: nn.Module) -> None:
    """Makes all units differ, also those of norms and biases, and lets every branch count."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, x in [*model.named_parameters(), *model.named_buffers()]:
            if isinstance(x, nn.Parameter) and x.is_floating_point():
                x.add_(0.1 * torch.randn(x.shape, generator=generator))
            elif name.endswith("running_var"):
                x.copy_(torch.rand(x.shape, generator=generator) + 0.5)
            elif name.endswith("running_mean"):
                x.copy_(torch.randn(x.shape, generator=generator))


def results(case: Case, state: dict[str, Any], dtype: torch.dtype) -> list[Tensor]:
    """The results of a network with other parameters."""
    model = converted(case.model, dtype)
    args, kwargs = converted((case.args, case.kwargs), dtype)
    model.load_state_dict(state)
    with torch.no_grad():
        return tensors_of(model.eval()(*args, **kwargs))


def error(case: Case, spec: PermutationSpec, dtype: torch.dtype = torch.float64) -> float:
    """How far random permutations change the results."""
    state = converted(case.model, dtype).state_dict()
    state = {name: x.clone() for name, x in state.items()}
    expected, worst = results(case, state, dtype), 0.0
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        found = results(case, spec.apply(state, spec.random(generator)), dtype)
        for x, y in zip(found, expected, strict=True):
            if y.is_floating_point():
                worst = max(worst, float((x - y).abs().max() / y.abs().max()))
    return worst


def still(model: nn.Module, spec: PermutationSpec) -> list[str]:
    """Matrices, and tensors of more axes, on which no class lies."""
    return [
        name
        for name, x in model.named_parameters()
        if sum(size > 1 for size in x.shape) > 1
        and not any(atom.name for axis in spec.axes[name] for part in axis for atom in part)
    ]


def traced(name: str) -> tuple[Case, PermutationSpec, list[str]]:
    """A network, its specification, and what the tracer warned of."""
    torch.manual_seed(0)
    case = NETWORKS[name]()
    randomize(case.model)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spec = trace_spec(copy.deepcopy(case.model), *case.args, **case.kwargs)
    return case, spec, [str(w.message) for w in caught if "renumbered" in str(w.message)]


def row(name: str) -> list[str]:
    """A row of the table."""
    case, spec, said = traced(name)
    heads = {n: g.num_heads for g in spec.groups for n in g.classes}
    sizes = Counter(
        f"{heads[n]} x {size // heads[n]}" if n in heads else str(size)
        for n, size in spec.classes.items()
    )
    listed = ", ".join(f"{size} ({num})" for size, num in sizes.items())
    return [
        name,
        str(len(spec.classes)),
        listed,
        f"{error(case, spec):.0e}",
        str(len(still(case.model, spec))),
        str(len(said)),
    ]


def main() -> None:
    heading = [
        "network",
        "classes",
        "sizes (classes)",
        "error",
        "matrices without a class",
        "warnings",
    ]
    table = markdown_table([heading, *map(row, NETWORKS)])
    folder = Path("runs/benchmarks/weight_classes")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
