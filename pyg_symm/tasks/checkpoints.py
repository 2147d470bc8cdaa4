"""Checkpoints that are replaced whole or not at all, and one at the end of every run."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.plugins.io import TorchCheckpointIO

from pyg_symm.utils import whole_file


class EpochCheckpoint(ModelCheckpoint):
    r"""Saves a checkpoint every so many epochs, and after the last one.

    Lightning's own saves nothing in a run of fewer epochs, which then could not be resumed.

    Args:
        **kwargs: Arguments of :class:`pytorch_lightning.callbacks.ModelCheckpoint`.
    """

    @property
    def state_key(self) -> str:
        """That of Lightning's class, so that checkpoints of earlier versions fit."""
        return super().state_key.replace(type(self).__qualname__, "ModelCheckpoint", 1)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Saves after every so many epochs and after the last one."""
        super().on_train_epoch_end(trainer, pl_module)
        last = trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs
        last = last or 0 <= trainer.max_steps <= trainer.global_step
        if last and not self._should_skip_saving_checkpoint(trainer):  # As where it has just saved.
            trainer.save_checkpoint(Path(str(self.dirpath)) / f"{self.filename}.ckpt")


class WholeCheckpoints(TorchCheckpointIO):
    r"""Writes a checkpoint beside its target and renames it.

    Lightning writes to the temporary folder and copies: if that is another file system, a kill or a
    full disk during the copy leaves half a checkpoint in the place of the last good one. Here the
    last one stays until the next is complete.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Saves a checkpoint.

        Raises:
            OSError: If the disk is full; the message names the file.
        """
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            torch.save(checkpoint, part)

    def load_checkpoint(self, path: str | Path, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Loads a checkpoint, without running code from it.

        Raises:
            ValueError: If the file is damaged or holds more than tensors and numbers.
        """
        try:
            return super().load_checkpoint(path, *args, **{**kwargs, "weights_only": True})
        except FileNotFoundError:
            raise
        except Exception as error:  # Of many kinds, for a file that holds anything.
            text = str(error)
            reason = "holds more than tensors and numbers, and could run code: it is not loaded"
            if not isinstance(error, pickle.UnpicklingError) or "GLOBAL" not in text:
                reason = f"is damaged ({_first_words(text) or type(error).__name__})"
            raise ValueError(
                f"'{os.fspath(path)}' {reason}; resume from another checkpoint or start again"
            ) from error


def _first_words(text: str) -> str:
    """The first sentence, without torch's advice on how to switch its protection off."""
    return text.partition("\n")[0].partition(". ")[0]
