import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "evaluate.py"


@pytest.mark.parametrize(
    "override, message",
    [
        ("fcd=maybe", "'fcd' must be one of true, false, auto \\(got maybe\\)"),
        ("filters=perhaps", "'filters' must be one of true, false \\(got perhaps\\)"),
        ("progress=2", "'progress' must be one of true, false \\(got 2\\)"),
        ("workers=0", "'workers' must be a whole number from 1 \\(got 0\\)"),
        ("workers=two", "'workers' must be a whole number from 1 \\(got two\\)"),
        ("device=nowhere", "'device' is not available on this machine \\(got 'nowhere'\\)"),
        ("family=planar", "'family' is an option for graphs, and '.*smi' is a file of molecules"),
        ("kind=tree", "'kind' is an option for graphs"),
        ("+sizes.num_nodes=3", "'sizes' is an option for graphs"),
    ],
)
def test_wrong_options_are_refused_before_files_are_read(files, override, message, evaluated):
    files["samples"].unlink()
    with pytest.raises(ValueError, match=message):
        evaluated(files, override)
    assert not files["run_dir"].exists()


@pytest.mark.parametrize("name", ["train", "test", "test_scaffolds"])
def test_reference_sets_are_for_molecules(files, name, evaluated):
    with pytest.raises(ValueError, match=f"'{name}' is an option for molecules, and 'a.g6' is"):
        evaluated({"samples": "a.g6", name: "b.smi"})


def test_script(files, tmp_path):
    options = [f"{name}={value}" for name, value in files.items()]
    command = [sys.executable, SCRIPT, *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(files["run_dir"])
    assert (files["run_dir"] / "table.csv").is_file()
