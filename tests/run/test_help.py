import pytest

from pyg_symm.run import compose_config
from pyg_symm.run.choices import choices
from pyg_symm.run.cli import COMMANDS
from pyg_symm.run.help import command_help


@pytest.mark.parametrize("command", COMMANDS)
def test_every_setting_has_one_line(command):
    text = command_help(command, COMMANDS[command])
    settings = text.partition("\nsettings:\n")[2].partition("\noptions:")[0].strip().splitlines()
    names = [line.split("=")[0].strip() for line in settings]
    assert len(names) == len(set(names)) and "run_dir" in names
    for line in settings:
        assert "  " in line.strip(), f"no explanation: {line}"
    cfg = compose_config(command, ["job=expressivity"] if command == "job" else [])
    groups = ("data", "model", "aggr", "task", "optimizer", "scheduler", "trainer", "logger")
    groups += ("callbacks", "suite", "job")
    known = {"pretrained": "model"} if command == "sample" else {}
    for key in cfg:
        assert key in groups or any(
            name.partition(".")[0] == known.get(key, key) for name in names
        ), key


def test_groups_list_their_choices():
    text = command_help("train", "")
    assert "lcm/mutag" in text and "generic, homography_digits, integer_sets" in text
    assert "smoke/" not in text and "base/" not in text


def test_groups_in_groups_are_listed_on_their_own():
    """Matchers are no jobs."""
    text = command_help("job", "")
    jobs = text.partition("\njobs, ")[2].partition("\n\n")[0]
    assert "match_weights" in jobs and "matcher" not in jobs
    matchers = next(line for line in text.splitlines() if line.startswith("  job/matcher "))
    assert matchers.split(None, 1)[1] == "activations, frank_wolfe, loss, weights"
    assert "  job/matcher=weights\n" in command_help("job", "", ["job=match_weights"])


def test_a_comment_that_goes_on_is_one_line():
    line = next(line for line in command_help("sample", "").splitlines() if "model=" in line)
    assert "moses" in line


def test_an_experiment_says_what_it_begins_with_and_changes():
    text = command_help("train", "", ["experiment=ponita/md_small", "epochs=3", "--help"])
    assert text.startswith("usage: pyg-symm train experiment=ponita/md_small [setting=value ...]\n")
    assert "Energies and forces of a molecule" in text and "  experiment=ponita/md\n" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["trainer.check_val_every_n_epoch=2"] in lines
    assert ["time_limit=3", "Minutes", "of", "the", "clock", "below."] in lines
    assert "  data=mutag\n" in command_help("train", "", ["experiment=lcm/mutag"])


def test_a_job_lists_its_settings_as_they_are_written():
    text = command_help("job", "", ["job=match_weights", "--help"])
    assert text.startswith("usage: pyg-symm job=match_weights [")
    assert "  job.runs=...      " in text and "_target_" not in text and "_partial_" not in text
    text = command_help("job", "", ["job=expressivity"])
    settings = text.partition("settings:\n")[2].partition("\n\n")[0].splitlines()
    names = [line.split("=")[0].strip() for line in settings]
    # Keys with spaces cannot be written on a command line; what is below them is left out.
    assert names[:3] == ["job.rows", "job.seeds", "job.models.GIN.in_channels"]
    assert len(names) == len(set(names)) == 6
    assert "matcher/loss" not in command_help("job", "")


def test_the_settings_of_a_job_compose():
    for job in ("match_weights", "merge_lora", "predict_links", "find_pattern"):
        text = command_help("job", "", [f"job={job}"])
        lines = text.partition("settings:\n")[2].partition("\n\n")[0].splitlines()
        names = [line.split("=")[0].strip() for line in lines]
        assert names and compose_config("job", [f"job={job}", *(f"{n}=null" for n in names)])


@pytest.mark.parametrize("job", choices("job"))
def test_every_setting_of_a_job_is_explained(job):
    text = command_help("job", "", [f"job={job}"])
    lines = text.partition("settings:\n")[2].partition("\n\n")[0].splitlines()
    assert lines and not any(line.startswith("  job.out=") for line in lines)
    for line in lines:
        # Arguments of a network are explained where it is.
        assert "  " in line.strip() or line.startswith("  job.models."), line


def test_own_experiments_are_listed(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("# My graphs.\nname: mine\n")
    words = ["--config-dir", str(tmp_path), "--help"]
    assert "  mine                            My graphs\n" in command_help("train", "", words)
    assert "name=mine" in command_help("train", "", [*words, "experiment=mine"])
