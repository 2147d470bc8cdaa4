from dataclasses import replace

import pytest
import torch

from pyg_symm.generation import Constraints


@pytest.mark.parametrize("options", [{}, {"constraints": Constraints(degree=True)}], ids=str)
def test_compiled_steps_make_the_same_graphs_in_few_shapes(make, seeded, same_graphs, options):
    model = make(shared_trunk=True).double()
    options = {"progress": False, "batch_size": 4, **options}
    expected = model.sample(30, seeded(), **options)
    cost = replace(model.report, calls=0)
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    compiled = model.sample(30, seeded(), compile="eager", **options)
    assert same_graphs(compiled, expected)
    assert replace(model.report, calls=0) == cost
    # Of up to eight nodes: 8 or 9 places before a block of 1, 2, 4 or 8.
    assert 0 < torch._dynamo.utils.counters["stats"]["unique_graphs"] <= 8
