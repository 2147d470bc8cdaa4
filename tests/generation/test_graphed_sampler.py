import pytest

from pyg_symm.generation import Constraints


@pytest.mark.parametrize("options", [{}, {"constraints": Constraints(degree=True)}], ids=str)
@pytest.mark.parametrize("shared", [True, False])
def test_steps_of_fixed_inputs_make_the_same_graphs(make, seeded, same_graphs, options, shared):
    model = make(shared_trunk=shared).double()
    options = {"progress": False, "batch_size": 70, **options}
    expected = model.sample(100, seeded(), **options)
    assert same_graphs(model.sample(100, seeded(), compile="cudagraphs", **options), expected)
