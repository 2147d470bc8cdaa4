import networkx as nx
import numpy as np
import pytest

from pyg_symm.causal.options import check_options, seed_from
from pyg_symm.causal.regressor import CausalMinimaxRegressor


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"search": "full"}, "'search' must be one of .'classes', 'greedy', 'all'. .got 'full'"),
        ({"regressor": "tree"}, "'regressor' must be one of .'rff', 'linear', 'mlp'. .got 'tree'"),
        ({"regenerate": "all"}, "'regenerate' must be one of .'descendants', 'official', 'means'."),
        ({"max_classes": 0}, "'max_classes' must be an integer of 1 or more .got 0"),
        ({"n_restarts": 1.5}, "'n_restarts' must be an integer of 1 or more .got 1.5"),
        ({"shift_budget": -1}, "'shift_budget' must be finite and not negative .got -1"),
        ({"shift_budget": np.nan}, "'shift_budget' must be finite"),
        ({"shift_budget": "1"}, "'shift_budget' must be finite and not negative .got '1'"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        check_options(CausalMinimaxRegressor(nx.DiGraph(), **options))


def test_seeds():
    assert seed_from(np.int64(5)) == 5
    assert seed_from(None) != seed_from(None)
    for make in (np.random.default_rng, np.random.RandomState):
        assert seed_from(make(1)) == seed_from(make(1)) != seed_from(make(2))
    with pytest.raises(ValueError, match="'random_state' must be an integer"):
        seed_from("a")
