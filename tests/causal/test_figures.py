import networkx as nx
import numpy as np

from pyg_symm.causal import CausalMinimaxRegressor
from pyg_symm.causal.figures import draw_risks


def test_without_mutable_variables(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.normal(size=60)
    graph = nx.DiGraph([("Y", "A"), ("A", "B")])
    graph.add_node("E")
    x = np.stack([y + rng.normal(size=60), rng.normal(size=60)], 1)
    model = CausalMinimaxRegressor(graph, regressor="linear", n_restarts=1).fit(x, y)
    draw_risks(model, {"a": 1.0, "b": 0.5}, tmp_path / "risks.png")
    assert (tmp_path / "risks.png").stat().st_size > 5_000
