import subprocess
import sys

import pytest
import torch
from omegaconf import OmegaConf

from pyg_symm.run.folder import difference, job, new_run_dir, open_run


def config(folder, **settings):
    return OmegaConf.create({"run_dir": str(folder), "threads": None, **settings})


def test_the_folder_holds_the_resolved_config(tmp_path):
    threads = torch.get_num_threads()
    cfg = config(tmp_path / "a" / "b", x="${threads}")
    cfg.threads = 1
    try:
        run_dir = open_run(cfg)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert run_dir == tmp_path / "a" / "b"
    assert OmegaConf.load(run_dir / "config.yaml") == {**cfg, "x": 1}


def test_a_refused_run_leaves_the_config_as_it_was(tmp_path):
    open_run(config(tmp_path, seed=0, model={"size": 3}))
    before = (tmp_path / "config.yaml").read_bytes()
    with pytest.raises(ValueError, match="'model.size' is 3 there and 4 here"):
        open_run(config(tmp_path, seed=0, model={"size": 4}))
    assert (tmp_path / "config.yaml").read_bytes() == before
    open_run(config(tmp_path, seed=0, model={"size": 3}, progress=False, device="cpu"))
    open_run(config(tmp_path, seed=1), replace="seed")
    assert OmegaConf.load(tmp_path / "config.yaml").seed == 1


def test_a_run_does_not_replace_one_of_another_command(tmp_path):
    open_run(config(tmp_path, epochs=3))
    before = (tmp_path / "config.yaml").read_bytes()
    with pytest.raises(ValueError, match="its config.yaml has no 'samples'"):
        open_run(config(tmp_path, samples="a.smi"), replace="samples")
    assert (tmp_path / "config.yaml").read_bytes() == before


def test_differences_by_parts(tmp_path):
    open_run(config(tmp_path, data={"fold": 3, "root": "a"}, epochs=2))
    other = config(tmp_path, data={"fold": 0, "root": "b"}, epochs=4)
    assert difference(tmp_path, other) == ("data.fold", "3", "0")
    assert difference(tmp_path, other, ("epochs",)) == ("epochs", "2", "4")
    assert difference(tmp_path, other, ("model",)) is None
    assert difference(tmp_path / "nothing", other) is None
    (tmp_path / "config.yaml").write_bytes(b"\xff\x00{")
    with pytest.raises(ValueError, match="config.yaml' is damaged"):
        difference(tmp_path, other)


def test_folders_of_one_second_are_different(tmp_path):
    folders = {new_run_dir(tmp_path / "runs") for _ in range(5)}
    assert len(folders) == 5 and all(folder.is_dir() for folder in folders)


def test_a_second_process_is_refused_until_the_first_has_ended(tmp_path):
    code = (
        "import sys\n"
        "from omegaconf import OmegaConf\n"
        "from pyg_symm.run.folder import job, open_run\n"
        "@job\n"
        "def work(cfg):\n"
        "    open_run(cfg)\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
        f"work(OmegaConf.create({{'run_dir': {str(tmp_path)!r}, 'threads': None}}))\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes, text=True) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(ValueError, match="'run_dir' is in use by another process"):
            job(open_run)(config(tmp_path))
        other.kill()  # The lock does not outlive its process.
        other.wait()
    job(open_run)(config(tmp_path))
    job(open_run)(config(tmp_path))  # Nor its job.
