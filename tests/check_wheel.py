"""Builds the wheel, installs it alone in a new environment, and starts it from another folder.

A forgotten package or YAML file fails here and not at a user's. Not a test of pytest: it needs a
clean interpreter, and what the environment already has serves as its dependencies.
"""

import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
        subprocess.run([*build, str(ROOT)], check=True, stdout=subprocess.DEVNULL)
        (wheel,) = here.glob("*.whl")
        names = set(zipfile.ZipFile(wheel).namelist())
        for file in [*ROOT.glob("conf/**/*.yaml"), *ROOT.glob("pyg_symm/**/*.py")]:
            name = str(file.relative_to(ROOT)).replace("conf/", "pyg_symm/conf/", 1)
            name = name if file.suffix == ".yaml" else str(file.relative_to(ROOT))
            assert name in names, f"the wheel lacks '{name}'"
        for file in ROOT.glob("data/models/*/*"):
            name = f"pyg_symm/pretrained/{file.parent.name}/{file.name}"
            assert file.parent.name == "__pycache__" or name in names, f"the wheel lacks '{name}'"
        venv.create(here / "venv", with_pip=True)
        python = here / "venv" / "bin" / "python"
        install = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel]
        subprocess.run(install, check=True)
        # Dependencies come from this environment, behind the wheel on the path.
        (site,) = (here / "venv").glob("lib/python*/site-packages")
        (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
        code = "import pyg_symm; print(pyg_symm.__file__)"
        where = subprocess.run(
            [python, "-c", code], cwd=here, check=True, capture_output=True, text=True
        )
        assert str(here) in where.stdout, f"another copy was imported: {where.stdout}"
        command = [here / "venv" / "bin" / "pyg-symm", "train", "trainer=smoke", "run_dir=run"]
        subprocess.run([*command, "progress=false"], cwd=here, check=True)
        assert not (here / "runs").exists(), "there is a second run folder"
        assert (here / "run" / "metrics.json").is_file()
    print("1 passed: the wheel installs and runs")


if __name__ == "__main__":
    main()
