import re

import pytest
from omegaconf import OmegaConf

from pyg_symm.run import compose_config
from pyg_symm.run.check import COUNT, check_config, check_device, check_rules

WRONG = [
    "epochs=-1",
    "epochs=ten",
    "epochs=0",
    "hidden_channels=-8",
    "hidden_channels=3.5",
    "dropout=1.5",
    "dropout=-0.1",
    "encoder_dropout=nan",
    "optimizer.lr=-1",
    "optimizer.lr=big",
    "optimizer.lr=1e+30",
    "optimizer.weight_decay=-1",
    "data.batch_size=0",
    "data.batch_size=many",
    "data.limit=-5",
    "data.num_train=0",
    "seed=-1",
    "seed=abc",
    "seed=99999999999999999999999",
    "threads=0",
    "threads=two",
    "trainer.precision=bf17",
    "trainer.accelerator=quantum",
    "checkpoint_every=0",
    "checkpoint_every=-3",
    "progress=maybe",
    "overwrite=1",
    "trainer.max_epochs=-1",
]


@pytest.mark.parametrize("override", WRONG)
def test_wrong_settings_of_training(override):
    key, _, value = override.partition("=")
    with pytest.raises(ValueError, match=rf"^'{key}' must be .* \(got {re.escape(value)}\)$"):
        check_config(compose_config("train", [override]))


@pytest.mark.parametrize(
    "override", ["data.fold=-1", "data.fold=a", "model.num_layers=0", "model.num_layers=two"]
)
def test_wrong_settings_of_folds_and_layers(override):
    with pytest.raises(ValueError, match=rf"^'{override.partition('=')[0]}' must be a whole"):
        check_config(compose_config("train", ["experiment=lcm/mutag", override]))


@pytest.mark.parametrize(
    "override",
    [
        "task.sample_every=-1",
        "task.num_samples=0",
        "data.val_limit=0",
        "data.num_workers=-1",
        "data.pad_multiple=0",
        "data.max_pairs=0",
        "model.ce_weight=-1",
        "model.network.heads=0",
        "callbacks.average.decay=2",
    ],
)
def test_wrong_settings_of_generators(override):
    with pytest.raises(ValueError, match=rf"^'{override.partition('=')[0]}' must be a"):
        check_config(compose_config("train", ["experiment=pard/nci", override]))


@pytest.mark.parametrize(
    "command, override",
    [("benchmark", "workers=-1"), ("benchmark", "workers=two"), ("quickstart", "num_samples=-1")],
)
def test_wrong_settings_of_other_commands(command, override):
    with pytest.raises(ValueError, match=rf"^'{override.partition('=')[0]}' must be a whole"):
        check_config(compose_config(command, [override]))


def test_what_must_be_given_is_named():
    with pytest.raises(ValueError, match="^'data.train.smiles' must be given$"):
        check_config(compose_config("train", ["experiment=pard/nci", "data=smiles"]))


def test_folders_that_cannot_be():
    for path in (__file__, "/proc/x"):
        with pytest.raises(ValueError, match="^'run_dir' must be a folder"):
            check_config(compose_config("train", [f"run_dir={path}"]))


def test_every_experiment_passes():
    for experiment in ("lcm/mutag", "pard/moses", "spen/social", "lcm/pna_multitask"):
        check_config(compose_config("train", [f"experiment={experiment}"]))
        check_config(compose_config("train", [f"experiment={experiment}", "trainer=smoke"]))


def test_rules_of_settings_that_a_config_has():
    cfg = OmegaConf.create({"part": {"count": 0}})
    check_rules(cfg, {"part.other": COUNT, "count": COUNT})
    with pytest.raises(ValueError, match=r"^'part.count' must be a whole number from 1 \(got 0\)$"):
        check_rules(cfg, {"part.count": COUNT})


def test_devices():
    check_device("cpu")
    with pytest.raises(ValueError, match="^'device' is not available on this machine .got 'tpu9'"):
        check_device("tpu9")
