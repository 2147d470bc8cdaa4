import math

import torch
from scipy.cluster.hierarchy import fcluster, linkage
from torch import nn

from pyg_symm.weights import declare_spec
from pyg_symm.weights.features.blocks import Block
from pyg_symm.weights.features.merging import Merger
from pyg_symm.weights.features.path import Merge, MergePath, WardPath


def projected(state, groups, axes):
    """Tensors with means over groups on all axes, in their original shapes."""
    for name in state:
        for dim, cls in enumerate(axes[name]):
            for units in groups.get(cls, []):
                index = torch.tensor(units)
                part = state[name].index_select(dim, index)
                means = part.mean(dim, keepdim=True).expand_as(part)
                state = {**state, name: state[name].index_copy(dim, index, means)}
    return state


def naive(state, axes, classes):
    """All merges, with every cost computed from the definition at every step."""
    groups = {name: [[i] for i in range(size)] for name, size in classes.items()}
    merges, reference = [], None
    while any(len(g) > 1 for g in groups.values()):
        flat = projected(state, groups, axes)
        costs = {}
        for name in classes:
            rows = torch.cat(
                [
                    flat[t].movedim(d, 0).flatten(1) if flat[t].dim() > 1 else flat[t][:, None]
                    for t, names in axes.items()
                    for d, cls in enumerate(names)
                    if cls == name
                ],
                dim=1,
            )
            for i, a in enumerate(groups[name]):
                for j in range(i + 1, len(groups[name])):
                    b = groups[name][j]
                    gap = float((rows[a[0]] - rows[b[0]]).square().sum())
                    costs[name, i, j] = 2 * len(a) * len(b) / (len(a) + len(b)) * gap
        if reference is None:
            reference = {n: max(c for (m, _, _), c in costs.items() if m == n) for n in classes}
        (name, i, j), cost = min(costs.items(), key=lambda item: item[1] / reference[item[0][0]])
        merges.append((name, min(groups[name][i]), min(groups[name][j]), cost / reference[name]))
        groups[name][i] = groups[name][i] + groups[name].pop(j)
    return merges


AXES = {
    "0.weight": ("a", None),
    "0.bias": ("a",),
    "2.weight": ("b", "a"),
    "2.bias": ("b",),
    "4.weight": (None, "b"),
    "4.bias": (None,),
}


def test_the_path_is_that_of_the_definition(float64):
    model = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.Linear(9, 8), nn.ReLU(), nn.Linear(8, 2))
    state = {name: t.detach() for name, t in model.state_dict().items()}
    merger = Merger(model, declare_spec(state, AXES))
    expected = naive(state, AXES, {"a": 9, "b": 8})
    path = merger.path()
    assert [(m.name, m.first, m.second) for m in path] == [m[:3] for m in expected]
    for merge, (*_, cost) in zip(path, expected, strict=True):
        assert math.isclose(merge.cost, cost, rel_tol=1e-9)


def test_costs_are_those_of_the_arrays_all_along(cnn):
    model, spec = cnn()
    merger = Merger(model, spec)
    steps = []

    def watch(path):
        for name, gram in path.grams.items():
            fresh = path.gram(name, gram.counts)
            index = gram.alive.nonzero().view(-1)
            mine, exact = gram.costs(index)[:, index], fresh.costs(index)[:, index]
            finite = exact.isfinite()
            scale = exact[finite].max() if finite.any() else torch.tensor(1.0)
            assert float((mine - exact)[finite].abs().max() if finite.any() else 0) < 1e-9 * scale
            steps.append(name)

    path = WardPath(merger.blocks(), merger.layout.free)
    merges = path.run(math.inf, watch)
    assert len(merges) == 6 + 5 + 8 - 3 and len(steps) == 3 * len(merges)


def test_a_layer_alone_is_clustered_as_by_another_library(float64):
    rows = torch.randn(40, 6)
    path = WardPath([Block(rows.clone(), ("a", None), ("in", "keep"))], {"a": 40})
    merges = path.run(math.inf)
    tree = linkage(rows.numpy(), "ward")
    # Its height of two groups is the root of our cost.
    torch.testing.assert_close(
        torch.tensor([m.cost for m in merges]) * path.reference["a"],
        torch.from_numpy(tree[:, 2]).square(),
    )
    for num in (2, 5, 17, 33):
        labels = fcluster(tree, num, "maxclust") - 1
        whole = MergePath(merges[: 40 - num], {"a": 40})
        groups = whole.groups(math.inf)["a"]
        expected = {frozenset((labels == k).nonzero()[0].tolist()) for k in range(num)}
        assert {frozenset(units) for units in groups} == expected


def test_classes_on_both_axes_of_a_tensor(float64):
    """A recurrent matrix: the costs are those of the rows and columns that are left."""
    matrix, given = torch.randn(10, 10), torch.randn(10, 4)
    blocks = [
        Block(matrix.clone(), ("h", "h"), ("in", "out")),
        Block(given.clone(), ("h", None), ("in", "keep")),
    ]
    path = WardPath(blocks, {"h": 10})
    axes = {"m": ("h", "h"), "g": ("h", None)}
    expected = naive({"m": matrix, "g": given}, axes, {"h": 10})
    assert [(m.name, m.first, m.second) for m in path.run(math.inf)] == [m[:3] for m in expected]


def test_narrower_parts_undo_their_last_merges():
    merges = [Merge("h", 0, 1, 0.1, 0.1), Merge("h", 3, 4, 0.2, 0.2), Merge("h", 0, 2, 0.3, 0.3)]
    level = [[("h", range(0, 3)), ("h", range(3, 6))]]
    path = MergePath(merges, {"h": 6}, {}, level)
    assert path.groups(0.1)["h"] == [[i] for i in range(6)]
    assert path.groups(0.3)["h"] == [[0, 1], [2], [3, 4], [5]]
    assert path.widths(0.3) == {"h": 4} and len(path) == 3 and path[0].name == "h"
    frozen = MergePath(merges, {"h": 6}, {}, [[("h", range(0, 6)), (None, range(5))]])
    assert frozen.widths(1.0) == {"h": 5}
