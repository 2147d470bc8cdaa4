import pytest
import torch

from pyg_symm.run import compose_config, train
from pyg_symm.run.trained import TrainedNetwork


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    overrides = ["experiment=weight_matching/graphs", "trainer=smoke", "progress=false"]
    return folder, train(compose_config("train", [*overrides, f"run_dir={folder}"]))


def test_the_network_of_a_run_has_its_figures(run):
    folder, metrics = run
    trained = TrainedNetwork(folder)
    two_batches = 2 * trained.data.batch_size  # On which a smoke run is tested.
    trained.data.parts["test"] = trained.data.parts["test"][:two_batches]
    scores = trained.scores(trained.model)
    assert scores["test/acc"] == pytest.approx(metrics["test/acc"])
    assert trained.score(trained.model, "test/loss") == pytest.approx(metrics["test/loss"])
    with pytest.raises(ValueError, match="'metric' must be one of .*'test/acc'.*got 'acc'"):
        trained.score(trained.model, "acc")


def test_another_network_is_tried_without_a_trace(run):
    trained = TrainedNetwork(run[0])
    before = trained.scores(trained.model)
    other = TrainedNetwork(run[0]).model
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert trained.score(other, "test/loss") == pytest.approx(float(torch.tensor(3.0).log()))
    assert trained.task.model is trained.model and trained.scores(trained.model) == before


def test_inputs_are_those_of_a_batch(run):
    trained = TrainedNetwork(run[0])
    args, kwargs = trained.inputs()
    with torch.no_grad():
        assert trained.model(*args, **kwargs).size(1) == 3
    assert set(kwargs) == {"batch", "batch_size"}
    assert not trained.model._forward_pre_hooks
