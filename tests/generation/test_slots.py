import itertools

import pytest

from pyg_symm.generation import SampleReport
from pyg_symm.generation.slots import cheapest_groups


def cost(sizes, counts, limits, call):
    total, least = 0, 0
    for limit in limits:
        inside = [n for b, n in zip(sizes, counts, strict=True) if least < b <= limit]
        total += call + len(inside) * limit * (2 * max(inside) + limit)
        least = limit
    return total


@pytest.mark.parametrize("call", [0.5, 40, 300, 1e9])
def test_no_other_way_to_group_blocks_is_cheaper(call):
    sizes, counts = [1, 1, 2, 2, 3, 5, 8, 8, 13], [9, 2, 7, 0, 4, 12, 3, 1, 6]
    kinds = sorted(set(sizes))
    ways = [
        [*some, kinds[-1]]
        for k in range(len(kinds))
        for some in itertools.combinations(kinds[:-1], k)
    ]
    chosen = cheapest_groups(sizes, counts, call)
    assert cost(sizes, counts, chosen, call) == min(cost(sizes, counts, w, call) for w in ways)


def test_reports_add_up():
    assert SampleReport(graphs=1, calls=5) + SampleReport(graphs=2, unmet=3) == SampleReport(
        graphs=3, calls=5, unmet=3
    )
