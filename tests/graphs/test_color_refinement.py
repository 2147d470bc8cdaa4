import pytest
import torch

from pyg_symm.graphs import refined_colors, wl_equivalent
from pyg_symm.metrics.expressivity import cayley_graph, from_edges, relabelled


def path_and_star():
    path = from_edges(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4)
    return path, from_edges(torch.tensor([[0, 0, 0], [1, 2, 3]]), 4)


def test_1wl_tells_others_apart():
    path, star = path_and_star()
    assert not wl_equivalent(path, star)
    assert wl_equivalent(path, relabelled(path, torch.Generator().manual_seed(0)))
    assert not wl_equivalent(path, cayley_graph([5], [[1]]))
    colored = from_edges(path.edge_index, 4, torch.tensor([[0.0], [1.0], [0.0], [0.0]]))
    swapped = from_edges(path.edge_index, 4, torch.tensor([[1.0], [0.0], [0.0], [0.0]]))
    assert not wl_equivalent(colored, swapped)
    assert wl_equivalent(colored, swapped, num_rounds=0)


def test_1wl_takes_its_rounds():
    # A leaf moves along a path: only after some rounds do nodes hear of it.
    line = torch.stack([torch.arange(11), torch.arange(1, 12)])
    one, other = (from_edges(torch.cat([line, torch.tensor([[at], [12]])], 1), 13) for at in (4, 5))
    assert [wl_equivalent(one, other, num_rounds=r) for r in (1, 2, 8)] == [True, True, False]
    assert not wl_equivalent(one, other)


def test_refined_colors_are_those_of_a_literal_refinement():
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        edge_index = torch.randint(12, (2, 18), generator=generator)
        color = torch.randint(5, 9, (12,), generator=generator)
        expected = color.tolist()
        for _ in range(12):
            near = [
                sorted(expected[u] for u, v in edge_index.t().tolist() if v == w) for w in range(12)
            ]
            seen = list(zip(expected, map(tuple, near), strict=True))
            expected = [sorted(set(seen)).index(s) for s in seen]
        found = refined_colors(color, edge_index).tolist()
        assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


def test_1wl_of_graphs_without_edges_or_features():
    no_edges = torch.empty(2, 0, dtype=torch.long)
    assert wl_equivalent(from_edges(no_edges, 3), from_edges(no_edges, 3))
    assert wl_equivalent(from_edges(no_edges, 0), from_edges(no_edges, 0))
    path, star = path_and_star()
    del path.x
    with pytest.raises(ValueError, match="'x' must have one width"):
        wl_equivalent(path, star)
    del star.x
    assert not wl_equivalent(path, star)


def test_small_integers_do_not_overflow():
    num = 50_000
    edges, color = torch.tensor([[0, num - 2], [1, num - 1]]), torch.zeros(num).long()
    for kind in (torch.int64, torch.int32):
        found = refined_colors(color, edges.to(kind), num_rounds=1)
        assert found[1] == found[num - 1] != found[0] == found[num - 2]
