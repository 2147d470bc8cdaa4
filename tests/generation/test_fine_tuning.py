from dataclasses import replace

import pytest
import torch
from hydra.utils import instantiate
from torch_geometric.data import Data

from pyg_symm.chem import MoleculeVocabulary
from pyg_symm.generation import (
    GraphStatistics,
    fine_tuned,
    model_limits,
    model_requirements,
    model_vocabulary,
    within_model,
)
from pyg_symm.run import compose_config, train


@pytest.fixture
def saved(make, tmp_path):
    model = make(shared_trunk=True)
    model.save(tmp_path / "saved")
    return tmp_path / "saved", model


def test_goes_on_from_the_weights_with_the_sizes_of_the_new_graphs(saved, graphs):
    path, model = saved
    few = [data for data in graphs if data.num_nodes <= 6]
    statistics = GraphStatistics.of(few, 3, 3)
    tuned = fine_tuned(path, statistics)
    assert tuned.training
    for name, value in model.state_dict().items():
        assert torch.equal(tuned.state_dict()[name], value), name
    known = tuned.config.statistics
    assert known.max_nodes == 6 and known.first_size == statistics.first_size
    own = replace(known, max_nodes=8, first_size=model.config.statistics.first_size)
    assert replace(tuned.config, statistics=own) == model.config
    samples = tuned.sample(20, torch.Generator().manual_seed(0), progress=False)
    assert max(data.num_nodes for data in samples) <= 6


def test_graphs_of_another_kind_are_refused(saved):
    path, model = saved
    known = model.config.statistics
    with pytest.raises(ValueError, match=r"another vocabulary.*None, and 'vocabulary' is \{'a': 1"):
        fine_tuned(path, known, {"a": 1})
    for name in ("num_node_classes", "num_edge_classes", "max_hops"):
        value = getattr(known, name)
        with pytest.raises(ValueError, match=rf"'{name}' .* must be {value} .*{value - 1}"):
            fine_tuned(path, replace(known, **{name: value - 1}))
    for name in ("max_blocks", "max_size", "max_degree"):
        value = getattr(known, name)
        fine_tuned(path, replace(known, **{name: value - 1}))
        with pytest.raises(
            ValueError, match=rf"'{name}' of the data must be at most {value}.*got .*within_model"
        ):
            fine_tuned(path, replace(known, **{name: value + 1}))
    with pytest.raises(FileNotFoundError, match="neither a folder nor one of the bundled models"):
        fine_tuned("elsewhere", known)


def test_a_run_goes_on_where_another_has_ended(tmp_path):
    def run(name, *overrides):
        small = ["data=tree", "epochs=1", "data.batch_size=8", "progress=false", "threads=1"]
        size = ["+data.train.num_nodes=8", "+data.val.num_nodes=8"]
        folder = f"run_dir={tmp_path / name}"
        return train(compose_config("train", [*overrides, *small, *size, folder]))

    network = ["model.network.edge_channels=8", "model.network.num_layers=1", "model.num_steps=4"]
    first = run("first", "experiment=pard/tree", "hidden_channels=16", *network)
    path = f"model.path={tmp_path / 'first'}"
    second = run("second", "experiment=pard/fine_tune", path, "trainer.precision=bf16-mixed")
    # Sizes are learnt in an epoch, which a network of new weights begins without.
    assert second["test/size"] < 0.9 * first["test/size"]
    assert second["test/loss"] < first["test/loss"]


def test_graphs_beyond_the_limits_are_counted_by_the_limit(saved, random_graph):
    path, model = saved
    known = model.config.statistics
    edge_index = torch.tensor([range(30), range(1, 31)])
    long = Data(edge_index=torch.cat([edge_index, edge_index.flip(0)], 1), num_nodes=31)
    star = torch.stack([torch.zeros(9, dtype=torch.long), torch.arange(1, 10)])
    star = Data(edge_index=torch.cat([star, star.flip(0)], dim=1), num_nodes=10)
    strange = random_graph(4, 0, 3, 2).clone()
    strange.x = strange.x + 3
    good = random_graph(4, 5, 3, 2)
    accepted, beyond = within_model([long, good, star, strange], path)
    assert accepted == [good]
    assert beyond == {"max_blocks": 1, "max_size": 1, "num_node_classes": 1}
    fine_tuned(path, GraphStatistics.of(accepted, 3, 3))
    assert within_model([good], path, max_nodes=3) == ([], {"max_nodes": 1})
    limits = {name: getattr(known, name) for name in ("max_blocks", "max_size", "max_degree")}
    assert model_limits(path) == limits


def test_the_vocabulary_of_a_model(saved):
    assert model_vocabulary("moses") == MoleculeVocabulary.moses()
    required = model_requirements("moses")
    assert required == {"vocabulary": MoleculeVocabulary.moses(), "limits": model_limits("moses")}
    assert model_requirements(None) is None
    with pytest.raises(ValueError, match="'path' must be a model of molecules"):
        model_vocabulary(saved[0])


def test_own_molecules_are_filtered_and_written_in_the_vocabulary_of_the_model(tmp_path):
    smiles = ["CCO", "CCN", "CC(=O)O", "c1ccccc1", "CCCC", "CCS", "CNC", "COC"]
    chain, boron = "C" * 80, "CB(O)O"
    (tmp_path / "own.smi").write_text("\n".join([*smiles, chain, boron]) + "\n")
    overrides = ["experiment=pard/fine_tune", "model.path=moses", "data=smiles"]
    overrides += [f"data.train.smiles={tmp_path / 'own.smi'}", f"data_root={tmp_path}"]
    data = instantiate(compose_config("train", overrides).data)
    assert data.vocabulary == MoleculeVocabulary.moses().to_dict()
    assert len(data.train) + len(data.val) == len(smiles)
    fine_tuned("moses", **data.describe())


def test_data_without_a_model_keep_their_vocabulary(tmp_path):
    (tmp_path / "own.smi").write_text("CCO\nCB(O)O\nCC[N+](=O)[O-]\n")
    for kind, count in (("smiles", 3), ("zinc250k", 2)):
        overrides = ["experiment=pard/nci", f"data={kind}", f"data_root={tmp_path / kind}"]
        cfg = compose_config("train", [*overrides, f"data.train.smiles={tmp_path / 'own.smi'}"])
        assert len(instantiate(cfg.data.train)) == count
