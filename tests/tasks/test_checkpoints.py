import errno
import os

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from pyg_symm.tasks import EpochCheckpoint, WholeCheckpoints


def test_round_trip(tmp_path):
    path = tmp_path / "a" / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"x": torch.arange(3), "epoch": 1}, path)
    loaded = WholeCheckpoints().load_checkpoint(path)
    assert loaded["x"].tolist() == [0, 1, 2] and loaded["epoch"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_the_last_checkpoint_stays_until_the_next_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    WholeCheckpoints().save_checkpoint({"epoch": 1}, path)
    before = path.read_bytes()

    def full(content, file):
        with open(file, "wb") as stream:
            stream.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*last.ckpt'"):
        WholeCheckpoints().save_checkpoint({"epoch": 2}, path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half", b"garbage"])
def test_damaged_checkpoints_are_named(tmp_path, damage):
    path = tmp_path / "last.ckpt"
    path.write_bytes(damage)
    with pytest.raises(ValueError, match="last.ckpt' is damaged .*start again"):
        WholeCheckpoints().load_checkpoint(path)


class Evil:
    def __reduce__(self):
        return os.mkdir, ("ran",)


def test_code_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"x": Evil()}, "last.ckpt")
    with pytest.raises(ValueError, match="'last.ckpt' holds more than tensors and numbers"):
        WholeCheckpoints().load_checkpoint("last.ckpt", weights_only=False)
    assert not os.path.exists("ran")
    with pytest.raises(FileNotFoundError):
        WholeCheckpoints().load_checkpoint("no.ckpt")


class _Slope(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch, index):
        return (self.slope - batch).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


@pytest.mark.filterwarnings("ignore")  # Of Lightning, about loaders of few items.
@pytest.mark.parametrize("limits", [{"max_epochs": 2}, {"max_epochs": -1, "max_steps": 3}])
def test_every_run_ends_with_a_checkpoint(tmp_path, limits):
    callback = EpochCheckpoint(dirpath=tmp_path, filename="last", every_n_epochs=9)
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = pl.Trainer(callbacks=[callback], accelerator="cpu", **quiet, **limits)
    trainer.fit(_Slope(), DataLoader(torch.randn(4, 1), batch_size=2))
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert saved["global_step"] == trainer.global_step == (4 if limits["max_epochs"] == 2 else 3)
