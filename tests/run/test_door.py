import sys

import pytest

from pyg_symm.run.door import launch


@pytest.fixture
def go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pyg-symm"])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    return lambda command, *words, function=lambda cfg: {}: launch(command, list(words), function)


def test_the_first_line_says_what_and_where(go, tmp_path, capsys):
    seen = []
    go(
        "train",
        "experiment=lcm/minimum",
        "run_dir=a=1",
        function=lambda cfg: seen.append(cfg) or {},
    )
    assert seen[0].run_dir == "a=1" and seen[0].name == "lcm/minimum"
    line = capsys.readouterr().out.splitlines()[0]
    assert line == "pyg-symm train: lcm/minimum, 100 epochs; results in 'a=1'"
    assert list(tmp_path.iterdir()) == []  # Nothing but the folder that was asked for.


def test_runs_of_one_second_have_folders_of_their_own(go, tmp_path):
    folders = []
    for _ in range(3):
        go("train", function=lambda cfg: folders.append(cfg.run_dir) or {})
    assert len(set(folders)) == 3
    assert all((tmp_path / folder).is_dir() for folder in folders)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["threads=1,2"], ["threads=1", "threads=2"]),
        (["threads=1,2", "seed=3"], ["threads=1", "threads=2"]),
        (
            ["threads=1,2", "seed=3", "hydra.job.config.override_dirname.exclude_keys=[]"],
            ["seed=3,threads=1", "seed=3,threads=2"],
        ),
    ],
)
def test_folders_of_a_sweep_name_what_differs_or_what_is_told(go, words, names):
    folders = []
    go("train", "-m", *words, function=lambda cfg: folders.append(cfg.run_dir) or {})
    assert [folder.rpartition("/")[2] for folder in folders] == names


def test_an_error_is_one_line_and_leaves_nothing(go, tmp_path, capsys):
    def refuse(cfg):
        raise ValueError("'seed' must be\nsmall (got 7)")

    with pytest.raises(SystemExit) as stop:
        go("train", function=refuse)
    assert stop.value.code == 1
    assert capsys.readouterr().err == "error: 'seed' must be small (got 7)\n"
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_was_there_before_stays(go, tmp_path):
    def refuse(cfg):
        raise ValueError("'seed' must be small (got 7)")

    (tmp_path / "runs").mkdir()
    with pytest.raises(SystemExit):
        go("train", function=refuse)
    assert list((tmp_path / "runs").iterdir()) == []


def test_mistakes_of_ours_keep_their_traceback(go):
    def fail(cfg):
        raise AssertionError("never")

    with pytest.raises(AssertionError, match="never"):
        go("train", function=fail)


def test_the_full_error_on_demand(go, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")

    def refuse(cfg):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        go("train", function=refuse)


@pytest.mark.parametrize(
    "command, word, message",
    [
        ("train", "experiment=lcm/mutagg", "'experiment/lcm/mutagg' (did you mean 'lcm/mutag'?)"),
        ("train", "experiment=pard/finetune", "(did you mean 'pard/fine_tune'?)"),
        ("train", "experiment=zebra", "there is no 'experiment/zebra' (there is gaunt/md, "),
        ("train", "aggr=lcmm", "there is no 'aggr/lcmm' (did you mean 'lcm'?)"),
        ("train", "epoch=5", "there is no setting 'epoch' (did you mean 'epochs'?)"),
        ("train", "zebra=5", "there is no setting 'zebra' (+zebra=... adds one)"),
        (
            "train",
            "data.train.smiles=a.csv",
            "the chosen 'data' has no setting 'data.train.smiles' (",
        ),
        ("sample", "model", "'model' has no value: settings are written name=value"),
        ("train", "launcher=joblib", "needs the extra 'joblib'"),
        ("sample", "num_samples=3", "'model' must be given"),
        ("benchmark", "suite=lcm/mutagg", "there is no 'suite/lcm/mutagg'"),
        ("job", "seed=1", "'job'"),
        ("train", "seed=[", "'seed=[' cannot be read"),
    ],
)
def test_wrong_names_are_one_line(go, command, word, message, tmp_path, capsys):
    def read(cfg):
        return cfg.get("pretrained")

    with pytest.raises(SystemExit) as stop:
        go(command, word, function=read)
    lines = capsys.readouterr().err.splitlines()
    assert stop.value.code == 1 and len(lines) == 1, lines
    assert lines[0].startswith("error: ") and message in lines[0]
    assert not any(tmp_path.glob("runs/*/*"))  # No empty folder of a run that never began.


@pytest.mark.parametrize("words", [("--model", "moses"), ("--model=moses",), ("-n", "3")])
def test_dashes_before_a_setting_are_one_line(go, words, capsys):
    with pytest.raises(SystemExit) as stop:
        go("sample", *words)
    assert stop.value.code == 2
    name = words[0].lstrip("-")
    assert capsys.readouterr().err == (
        f"error: there is no option '{words[0]}': settings are written without dashes, "
        f"{name if '=' in name else name + '=...'}\n"
    )


def test_options_may_be_cut_short(go, capsys):
    go("sample", "model=moses", "--cf", "job")
    assert "num_samples: 100" in capsys.readouterr().out
