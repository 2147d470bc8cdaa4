from itertools import islice

import pytest
import torch
from torch_geometric.data import Data

from pyg_symm.run import compose_config, load_run, train


def water(number):
    """A frame of extended XYZ, in which the first bond is stretched."""
    far = 0.96 + 0.002 * number
    return (
        f"3\nProperties=species:S:1:pos:R:3:forces:R:3 energy={far**2 - 2000}\n"
        f"O 0 0 0 {2 * far} 0 0\nH {far} 0 0 {-2 * far} 0 0\nH -0.24 0.93 0 0 0 0\n"
    )


@pytest.fixture
def run(tmp_path):
    (tmp_path / "water.xyz").write_text("".join(map(water, range(40))))
    overrides = [
        *("experiment=ponita/md_small", "trainer=smoke", "progress=false", "task.dynamics=null"),
        f"data.train.files={tmp_path / 'water.xyz'}",
        f"data_root={tmp_path}",
        f"run_dir={tmp_path / 'run'}",
    ]
    return tmp_path / "run", train(compose_config("train", overrides))


def test_a_trained_run_gives_forces_again(run):
    folder, metrics = run
    for path in (folder, folder / "checkpoints" / "last.ckpt"):
        task, data = load_run(path)
        assert not task.training
        # The smoke test tests on two batches.
        batches = list(islice(data.val_dataloader(), 2))
        errors = torch.cat([(task(batch)[1] - batch.force).abs() for batch in batches])
        assert 1e3 * float(errors.mean()) == pytest.approx(metrics["test/force_mae"], rel=1e-4)
    # A molecule of its own, without labels, and with its atoms in another order.
    frame = data.val.batch(torch.tensor([0]))
    order = torch.tensor([2, 0, 1])
    energy, force = task(data.batch([Data(z=frame.z[order], pos=frame.pos[order])]))
    expected = task(frame)
    torch.testing.assert_close(energy, expected[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(force, expected[1][order], atol=1e-5, rtol=1e-4)


def test_what_is_no_run(run, tmp_path):
    with pytest.raises(FileNotFoundError, match="'run_dir' holds no checkpoint: there is no '.*x'"):
        load_run(tmp_path / "x")
    (run[0] / "config.yaml").unlink()
    with pytest.raises(FileNotFoundError, match="'run_dir' holds no config: there is no"):
        load_run(run[0])
