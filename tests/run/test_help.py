import pytest

from pyg_symm.run import compose_config
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
    lines = command_help("job", "").splitlines()
    jobs = next(line for line in lines if line.startswith("  job "))
    assert "match_weights, match_weights_files, merge_features" in jobs and "matcher" not in jobs
    assert "  job/matcher             activations, frank_wolfe, loss, weights" in lines


def test_a_comment_that_goes_on_is_one_line():
    line = next(line for line in command_help("sample", "").splitlines() if "model=" in line)
    assert "moses" in line
