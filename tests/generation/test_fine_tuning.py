from dataclasses import replace

import pytest
import torch

from pyg_symm.generation import GraphStatistics, fine_tuned
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
    with pytest.raises(ValueError, match=r"other classes.*None, and 'vocabulary' is \{'a': 1"):
        fine_tuned(path, known, {"a": 1})
    for name in ("num_node_classes", "num_edge_classes", "max_hops"):
        value = getattr(known, name)
        with pytest.raises(ValueError, match=rf"'{name}' .* must be {value} .*{value - 1}"):
            fine_tuned(path, replace(known, **{name: value - 1}))
    for name in ("max_blocks", "max_size", "max_degree"):
        value = getattr(known, name)
        fine_tuned(path, replace(known, **{name: value - 1}))
        with pytest.raises(ValueError, match=rf"'{name}' of the data must be at most {value}.*got"):
            fine_tuned(path, replace(known, **{name: value + 1}))
    with pytest.raises(FileNotFoundError, match="neither a folder nor one of the models"):
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
