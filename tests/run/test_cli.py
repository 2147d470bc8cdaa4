import subprocess
import sys
import time
from pathlib import Path

import pytest

import pyg_symm
from pyg_symm.run import cli

SCRIPTS = Path(__file__).parents[2] / "scripts"


def call(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["pyg-symm", *words])
    cli.main()


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_lists_the_commands(words, monkeypatch, capsys):
    call(monkeypatch, *words)
    text = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert sum(line.split()[:1] == [name] for line in text.splitlines()) == 1


def test_help_imports_nothing_heavy():
    code = "import sys; sys.argv[1:] = ['--help']; from pyg_symm.run.cli import main; main(); "
    code += "print(sorted({'torch', 'hydra', 'pytorch_lightning'} & set(sys.modules)))"
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]" and time.perf_counter() - begin < 5


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_help_of_each_command(command, monkeypatch, capsys):
    call(monkeypatch, command, "--help")
    text = capsys.readouterr().out
    assert text.startswith(f"usage: pyg-symm {command}") and "run_dir=null" in text


def test_help_may_be_cut_short():
    """As by ``pyg-symm train --help | head``."""
    words = [sys.executable, "-c", "from pyg_symm.run.cli import main; main()", "train", "--help"]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()  # Before anything is written.
    assert run.stderr.read() == b"" and run.wait() == 0
    run.stderr.close()


def test_an_unknown_command_is_named(monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        call(monkeypatch, "fly")
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("error: 'fly' is no command (there is train, ")
    with pytest.raises(SystemExit):
        call(monkeypatch, "smaple")
    assert capsys.readouterr().err == "error: 'smaple' is no command (did you mean sample?)\n"


def test_the_version(monkeypatch, capsys):
    call(monkeypatch, "--version")
    assert capsys.readouterr().out == f"pyg_symm {pyg_symm.__version__}\n"


def test_scripts_are_doors_to_the_same_functions():
    scripts = {script.stem for script in SCRIPTS.glob("*.py")}
    assert scripts == set(cli.COMMANDS)
    for name in scripts:
        text = (SCRIPTS / f"{name}.py").read_text()
        assert f"{name}_main" in text and len(text.splitlines()) <= 7
        assert callable(getattr(cli, f"{name}_main"))


def test_multirun_fills_a_table(tmp_path):
    command = [
        *(sys.executable, SCRIPTS / "train.py", "-m", "experiment=lcm/second_minimum_small"),
        *("aggr=sum,max", "epochs=1", "data_root=a/b", "trainer=smoke", "progress=false"),
        f"hydra.sweep.dir={tmp_path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # Names have only what differs between the runs.
    assert {file.parent.name for file in tmp_path.glob("*/metrics.json")} == {
        "aggr=sum",
        "aggr=max",
    }
    assert "| sum" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "figure.png").is_file() and not (tmp_path / "runs").exists()
    for noise in ("GPU available", "Tip", "litlogger", "💡"):
        assert noise not in done.stdout + done.stderr
