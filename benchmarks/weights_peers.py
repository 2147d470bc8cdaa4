"""Networks to match, and coordinate descent as it is usually written."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import cross_entropy

from pyg_symm.weights import Permutation, PermutationSpec, mlp_spec

Tensors = dict[str, Tensor]


def plain_descent(
    spec: PermutationSpec, a: Tensors, b: Tensors, seed: int = 0, num_starts: int = 1
) -> tuple[Permutation, float]:
    """Every sweep solves all classes, and the last one finds that nothing changes.

    The first start is the identity, others are random. Products are of the type of the weights,
    and summed up in double precision, as in ``weight_matching``.
    """
    generator = torch.Generator().manual_seed(seed)
    places = {
        name: [(place.tensor, place.dim) for place in spec.occurrences(name)]
        for name in spec.classes
    }
    found = []
    for num in range(num_starts):
        at = spec.random(generator) if num else spec.identity()
        found.append(_descend(spec, places, a, b, at, generator))
    return max(found, key=lambda pair: pair[1])


def _descend(
    spec: PermutationSpec,
    places: Mapping[str, list[tuple[str, int]]],
    a: Tensors,
    b: Tensors,
    at: Permutation,
    generator: torch.Generator,
) -> tuple[Permutation, float]:
    names, progress = list(spec.classes), True
    while progress:
        progress = False
        for i in torch.randperm(len(names), generator=generator).tolist():
            name = names[i]
            matrix = _matrix(spec, places[name], a, b, at, name)
            _, columns = linear_sum_assignment(matrix.cpu().numpy(), maximize=True)
            new, rows = torch.from_numpy(columns), torch.arange(len(columns))
            picked, before = (
                matrix[rows.to(matrix.device), p.to(matrix.device)] for p in (new, at[name])
            )
            scale = float(picked.abs().sum())
            if float((picked - before).sum()) > 1e-7 * scale:
                at, progress = {**at, name: new}, True
    moved = spec.apply(b, at)
    return at, sum(float((a[n].double() * moved[n].double()).sum()) for n in a)


def _matrix(
    spec: PermutationSpec,
    places: list[tuple[str, int]],
    a: Tensors,
    b: Tensors,
    at: Permutation,
    name: str,
) -> Tensor:
    size = spec.classes[name]
    total = torch.zeros(size, size, dtype=torch.double, device=next(iter(a.values())).device)
    for tensor, dim in places:
        other = b[tensor]
        for d, axis in enumerate(spec.axes[tensor]):
            moved = axis[0][0].name
            if d != dim and moved is not None:
                other = other.index_select(d, at[moved].to(other.device))
        first, second = (t.movedim(dim, 0).reshape(size, -1) for t in (a[tensor], other))
        total += first @ second.t()
    return total


def planted(
    width: int, noise: float, seed: int, device: str = "cpu"
) -> tuple[PermutationSpec, Tensors, Tensors]:
    """Two networks 784-w-w-w-10 of normal numbers, equal but for a permutation and noise."""
    spec, generator = mlp_spec([784, width, width, width, 10]), torch.Generator().manual_seed(seed)
    shapes = {name: [axis[0][0].size for axis in axes] for name, axes in spec.axes.items()}
    a = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    b = {
        name: tensor + noise * torch.randn(tensor.shape, generator=generator)
        for name, tensor in spec.apply(a, spec.random(generator)).items()
    }
    return spec, *({n: t.to(device) for n, t in tensors.items()} for tensors in (a, b))


def trained(width: int, seed: int, device: str = "cpu") -> tuple[PermutationSpec, Tensors, Tensors]:
    """Two networks 64-w-w-w-10 that were trained on small digits from different seeds."""
    spec = mlp_spec([64, width, width, width, 10])
    return spec, *(_train(width, 2 * seed + i, device) for i in range(2))


def _train(width: int, seed: int, device: str) -> Tensors:
    from pyg_symm.datasets import SmallDigits

    generator = torch.Generator().manual_seed(seed)
    data = SmallDigits()
    x, y = (torch.cat([item[key] for item in data]) for key in ("x", "y"))
    sizes = [64, width, width, width, 10]
    layers: list[torch.nn.Module] = []
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for inputs, outputs in pairwise(sizes):
            layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    for batch in _batches(len(x), 30, generator):
        optimizer.zero_grad()
        cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()
    return {name: tensor.detach().to(device) for name, tensor in model.state_dict().items()}


def _batches(num: int, epochs: int, generator: torch.Generator) -> Iterator[Tensor]:
    for _ in range(epochs):
        yield from torch.randperm(num, generator=generator).split(64)
