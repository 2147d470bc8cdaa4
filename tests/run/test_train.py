import csv
import json

import pytest
import torch

from pyg_symm.run import compose_config, train

SMALL = [
    "experiment=lcm/second_minimum_small",
    "data.num_train=256",
    "data.num_test=64",
    "hidden_channels=8",
    "dropout=0.2",
    "checkpoint_every=1",
    "scheduler=constant",  # One that does not know where the run will end.
    "progress=false",
    "threads=1",
]


def run(folder, *overrides):
    return train(compose_config("train", [*SMALL, f"run_dir={folder}", *overrides]))


def weights(folder):
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=False)["state_dict"]


@pytest.mark.parametrize("aggr", ["lcm_assoc", "gru_invariant"])  # Both draw random numbers.
def test_two_epochs_and_two_more_are_four(tmp_path, aggr):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    expected = run(whole, f"aggr={aggr}", "epochs=4")
    run(parts, f"aggr={aggr}", "epochs=2")
    assert not torch.equal(*(next(iter(weights(f).values())) for f in (whole, parts)))
    resumed = run(parts, f"aggr={aggr}", "epochs=4", f"resume={parts}")
    assert resumed == expected
    for name, value in weights(whole).items():
        assert torch.equal(weights(parts)[name], value), name


def test_a_longer_run_follows_its_own_schedule(tmp_path):
    def rate(folder):
        file = folder / "checkpoints" / "last.ckpt"
        state = torch.load(file, weights_only=False)
        return state["optimizer_states"][0]["param_groups"][0]["lr"], state["lr_schedulers"]

    cosine = "scheduler=cosine"
    run(tmp_path / "whole", cosine, "epochs=5", "trainer.max_epochs=3")
    run(tmp_path / "parts", cosine, "epochs=2")
    assert rate(tmp_path / "parts")[0] == 0  # Where a cosine ends.
    run(
        tmp_path / "parts",
        cosine,
        "epochs=5",
        "trainer.max_epochs=3",
        f"resume={tmp_path / 'parts'}",
    )
    assert rate(tmp_path / "parts") == rate(tmp_path / "whole")


def test_run_folder_holds_config_versions_logs_and_metrics(tmp_path):
    metrics = run(tmp_path, "epochs=1")
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics
    assert {"test/exact", "test32/exact"} < set(metrics)
    assert len(metrics["curves"]["val/exact"]) == 1
    assert "hidden_channels: 8" in (tmp_path / "config.yaml").read_text()
    assert json.loads((tmp_path / "versions.json").read_text())["torch"] == torch.__version__
    assert "train/loss" in (tmp_path / "metrics.csv").read_text().splitlines()[0]
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_history_survives_resuming(tmp_path):
    run(tmp_path, "epochs=1")
    run(tmp_path, "epochs=2", f"resume={tmp_path}")
    history = (tmp_path / "metrics.csv").read_text().splitlines()
    column = history[0].split(",").index("train/loss")
    assert sum(bool(line.split(",")[column]) for line in history[1:]) == 2


def test_a_run_without_a_checkpoint_begins_anew(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "csv" / "version_0").mkdir(parents=True)
    (tmp_path / "csv" / "version_0" / "metrics.csv").write_text("epoch,step\n7,9\n")
    run(tmp_path, "epochs=1")
    assert "7,9" not in (tmp_path / "metrics.csv").read_text()


def test_a_run_that_ends_between_checkpoints_can_go_on(tmp_path):
    whole = run(tmp_path / "whole", "epochs=3", "checkpoint_every=2")
    run(tmp_path / "parts", "epochs=1", "checkpoint_every=2")
    parts = run(
        tmp_path / "parts", "epochs=3", "checkpoint_every=2", f"resume={tmp_path / 'parts'}"
    )
    assert parts == whole
    saved = [
        torch.load(tmp_path / part / "checkpoints" / "last.ckpt", weights_only=True)
        for part in ("whole", "parts")
    ]
    assert [checkpoint["epoch"] for checkpoint in saved] == [2, 2]


def test_each_epoch_is_there_once_after_a_kill(tmp_path):
    run(tmp_path, "epochs=2", "checkpoint_every=2")
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    log = tmp_path / "csv" / "version_0" / "metrics.csv"
    kept = log.read_text().splitlines()
    later = kept[1].split(",")
    later[kept[0].split(",").index("epoch")] = "2"  # A third epoch, without a checkpoint.
    log.write_text("\n".join([*kept, ",".join(later)]) + "\n")
    run(tmp_path, "epochs=4", "checkpoint_every=2", f"resume={tmp_path}")
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = [int(row["epoch"]) for row in rows if row["train/loss"]]
    assert epochs == [0, 1, 2, 3] and len(lines) > 2


def test_a_second_run_is_refused_or_replaces_the_first(tmp_path):
    run(tmp_path, "epochs=2")
    config = (tmp_path / "config.yaml").read_text()
    with pytest.raises(ValueError, match="'run_dir' holds a run already .*overwrite=true"):
        run(tmp_path, "epochs=1", "seed=5")
    assert (tmp_path / "config.yaml").read_text() == config
    run(tmp_path, "epochs=1", "seed=5", "overwrite=true")
    assert (tmp_path / "csv" / "version_0").is_dir() and "seed: 5" in (
        tmp_path / "config.yaml"
    ).read_text()
    assert not (tmp_path / "csv" / "version_1").exists()


@pytest.mark.parametrize(
    "override, there, here",
    [
        ("seed=3", "0", "3"),
        ("data.task=median", "second_minimum", "median"),
        ("hidden_channels=16", "8", "16"),
        ("aggr=lcm_topk", "gru", "topk"),
    ],
)
def test_another_run_is_not_resumed(tmp_path, override, there, here):
    run(tmp_path, "epochs=1", "aggr=lcm")
    base = [] if override.startswith("aggr") else ["aggr=lcm"]
    with pytest.raises(
        ValueError, match=rf"'resume' is a run of .* is {there} there and {here} .*repeat"
    ):
        run(tmp_path, "epochs=2", *base, override, f"resume={tmp_path}")


def test_a_resumed_run_stays_in_its_folder(tmp_path):
    run(tmp_path, "epochs=1")
    cfg = compose_config("train", [*SMALL, "epochs=2", f"resume={tmp_path}"])
    assert len(train(cfg)["curves"]["val/exact"]) == 2
    file = tmp_path / "checkpoints" / "last.ckpt"
    cfg = compose_config("train", [*SMALL, "epochs=3", f"resume={file}"])
    assert len(train(cfg)["curves"]["val/exact"]) == 3
    assert len((tmp_path / "metrics.json").read_text()) > 0


def test_a_damaged_checkpoint_is_named(tmp_path):
    run(tmp_path, "epochs=1")
    file = tmp_path / "checkpoints" / "last.ckpt"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ValueError, match="last.ckpt' is damaged"):
        run(tmp_path, "epochs=2", f"resume={tmp_path}")


def test_wrong_settings_show_before_a_folder_is_made(tmp_path):
    for override in ("aggr.op=no_such", "optimizer.lr=-1", "model.hidden_channels=0"):
        with pytest.raises(Exception, match="no_such|optimizer.lr|hidden_channels|zero|0"):
            run(tmp_path / "run", "aggr=lcm", override)
        assert not (tmp_path / "run").exists()


def test_resuming_from_nothing_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="last.ckpt"):
        run(tmp_path / "run", "epochs=1", f"resume={tmp_path}")
    assert not (tmp_path / "run").exists()


def test_training_learns(tmp_path):
    size = ["hidden_channels=32", "data.num_train=2048", "data.num_test=256", "dropout=0"]
    metrics = run(tmp_path, "aggr=max", "data.task=minimum", "epochs=12", *size)
    curve = metrics["curves"]["val/exact"]
    assert curve[-1] > 0.5 > 0.3 > curve[0]


def test_fine_tuning_takes_classes_and_limits_of_the_model(tmp_path, capsys):
    """Molecules that the model cannot generate are counted and left out, and the others learned."""
    smiles = ["C" * n + "O" for n in range(1, 9)] * 3 + ["C" * 60, "C[N+](C)(C)C", "CCO.CCN"]
    (tmp_path / "mine.smi").write_text("\n".join(smiles) + "\n")
    overrides = [
        *("experiment=pard/fine_tune", "model.path=moses", "data=smiles", "epochs=1"),
        *(f"data.train.smiles={tmp_path / 'mine.smi'}", f"data_root={tmp_path}", "threads=1"),
        *("+trainer.limit_train_batches=1", "+trainer.limit_test_batches=1"),
        *("+trainer.limit_val_batches=1", f"run_dir={tmp_path / 'run'}", "callbacks=default"),
    ]
    train(compose_config("train", overrides))
    shown = capsys.readouterr().out
    assert "2 of 27 molecules refused" in shown and "1 left out by limits: 1 by max_blocks" in shown
    assert "SmilesGraphs: 22 to train on, at most 8 in a batch, 2 to validate" in shown
    assert (tmp_path / "run" / "model" / "config.json").is_file()
    with pytest.raises(FileNotFoundError, match="there is no"):
        (tmp_path / "empty").mkdir()
        train(
            compose_config(
                "train", [*overrides, f"model.path={tmp_path / 'empty'}", "overwrite=true"]
            )
        )
