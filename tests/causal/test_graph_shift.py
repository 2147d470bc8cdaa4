import numpy as np
import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.causal import AnchorRegression, GraphShift
from pyg_symm.causal import graph_shift as module
from pyg_symm.chem import DESCRIPTORS
from pyg_symm.chem.counts import COUNTS

SMILES = ["Cc1ccccc1", "CCc1ccccc1O", "not one", "C1CC1C", "NC1CC1CC", "CCO", "CCCl", "C1CCCCC1"]


def test_molecules_by_scaffold():
    shift = GraphShift.from_smiles(SMILES, "logP", min_count=2)
    assert shift.names == (*COUNTS, "SA", "QED", "weight")
    assert shift.index.tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert shift.env.tolist() == ["c1ccccc1"] * 2 + ["C1CC1"] * 2 + ["no rings"] * 2 + ["other"]
    assert shift.X[:, shift.names.index("rings")].tolist() == [1, 1, 1, 1, 0, 0, 1]
    assert shift.y[0] == pytest.approx(1.995, abs=0.01) and shift.y[4] < 0
    assert repr(shift) == "GraphShift(7, descriptors=11, environments=4)"


def test_molecules_of_sources():
    y = np.arange(8.0)
    source = ["A", "B"] * 4
    score = torch.arange(8).double().requires_grad_()
    shift = GraphShift.from_smiles(SMILES, y, source, columns={"score": score})
    assert shift.names == (*COUNTS, *DESCRIPTORS, "score")
    assert shift.y.tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert shift.X[:, -1].tolist() == shift.y.tolist()
    assert shift.env.tolist() == ["other"] * 7
    shift = GraphShift.from_smiles(SMILES, y, source, min_count=2)
    assert shift.environments == {"A": 3, "B": 4} and shift.env.tolist() == list("ABBABAB")


@pytest.fixture
def graphs():
    rng = np.random.default_rng(0)
    sizes = rng.integers(3, 9, size=60).tolist()
    rings = [torch.stack([torch.arange(n), (torch.arange(n) + 1) % n]) for n in sizes]
    return [
        Data(edge_index=ring[:, : n - i % 2], num_nodes=n, y=torch.tensor(float(n)))
        for i, (n, ring) in enumerate(zip(sizes, rings, strict=True))
    ]


def test_graphs(graphs):
    env = [f"set {i % 3}" for i in range(60)]
    shift = GraphShift.from_graphs(graphs, env)
    assert len(shift) == 60 and shift.environments == {"set 0": 20, "set 1": 20, "set 2": 20}
    assert shift.y.tolist() == [graph.num_nodes for graph in graphs]
    assert shift.pick(["cycles"]).X[:4].tolist() == [[1.0], [0.0], [1.0], [0.0]]
    assert "triangles" in shift.names and shift.names[0] == "nodes"
    assert GraphShift.from_graphs(graphs, env, y=range(60)).y.tolist() == list(range(60))


def test_columns_fit_regressors(graphs):
    shift = GraphShift.from_graphs(graphs, [i % 3 for i in range(60)])
    kept = shift.varying()
    assert "components" not in kept.names and "nodes" in kept.names
    assert (np.ptp(kept.X, axis=0) > 0).all()
    train, test = kept.split(0.67)
    model = AnchorRegression(variables=["nodes", "leaves"], num_features=0, penalty=0.0)
    model.fit(train.X, train.y, train.env, feature_names=train.names)
    assert model.score(test.X, test.y, test.env) == pytest.approx(1)


def test_environments_are_split_apart(graphs):
    shift = GraphShift.from_graphs(graphs, [i % 5 for i in range(60)])
    first, second = shift.split(0.4, seed=1)
    assert len(first.environments) == 2 and len(second.environments) == 3
    assert not set(first.environments) & set(second.environments)
    assert sorted([*first.index, *second.index]) == list(range(60))
    again, _ = shift.split(0.4, seed=1)
    assert again.index.tolist() == first.index.tolist()
    parts = {tuple(shift.split(0.4, seed=seed)[0].environments) for seed in range(20)}
    assert len(parts) > 3
    assert [len(part.environments) for part in shift.split(0.01)] == [1, 4]
    assert [len(part.environments) for part in shift.split(0.99)] == [4, 1]


def test_rows_and_columns():
    shift = GraphShift(
        np.eye(3), ("a", "b", "c"), np.arange(3.0), np.array([5, 5, 6]), np.arange(3)
    )
    some = shift.take([2, 0])
    assert some.X.tolist() == [[0, 0, 1], [1, 0, 0]] and some.env.tolist() == [6, 5]
    assert some.y.tolist() == [2, 0] and some.index.tolist() == [2, 0]
    more = shift.joined({"d": [7, 8, 9]})
    assert more.names == ("a", "b", "c", "d") and more.X[:, 3].tolist() == [7, 8, 9]
    assert shift.joined({}).X.shape == (3, 3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"y": "colour"}, "'y' must be an array or one of heavy_atoms, .* .got 'colour'"),
        ({"env": "source"}, "'env' must be an array or 'scaffold' .got 'source'"),
        ({"env": ["A"]}, r"'env' must have shape \[8\] .got \[1\]"),
        ({"y": [1.0]}, r"'y' must have shape \[8\] .got \[1\]"),
        ({"min_count": 0}, "'min_count' must be positive .got 0"),
        ({"columns": {"rings": range(8)}}, "'columns' must have other names .* .got 'rings'"),
        ({"columns": {"a": range(7)}}, r"'columns' must have shape \[8\] .got 7 for 'a'"),
    ],
)
def test_bad_molecules(arguments, message, monkeypatch):
    monkeypatch.setattr(module, "describe_molecules", None)  # It is found before.
    with pytest.raises(ValueError, match=message):
        GraphShift.from_smiles(SMILES, **{"y": "QED", **arguments})


def test_bad_tables(graphs):
    shift = GraphShift.from_graphs(graphs, [0] * 60)
    with pytest.raises(ValueError, match="'names' must be among nodes, .* .got colour"):
        shift.pick(["colour"])
    with pytest.raises(ValueError, match="'env' must have at least two environments .got 1"):
        shift.split()
    with pytest.raises(ValueError, match="'share' must be between 0 and 1 .got 1"):
        shift.split(1)
    with pytest.raises(ValueError, match="'a' must be finite, .* .got nan in row 3"):
        shift.joined({"a": [float("nan") if i == 3 else 0.0 for i in range(60)]})
    with pytest.raises(ValueError, match=r"'columns' must have shape \[60\] .got \[60, 1\]"):
        shift.joined({"a": torch.zeros(60, 1)})
    graphs[1].y = None
    with pytest.raises(ValueError, match="'y' must be given"):
        GraphShift.from_graphs(graphs, [0] * 60)
