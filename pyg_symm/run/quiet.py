"""What Lightning says that is of no use to the user of a command."""

import logging
import warnings

_OF_NO_USE = (
    ".*does not have many workers.*",  # Batches are cut out of memory.
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*is smaller than the logging interval.*",
    ".*isinstance.treespec, LeafSpec.*",
    ".*LeafSpec.* is deprecated.*",
    ".*You're resuming from a checkpoint that ended before the epoch ended.*",
)


def quiet() -> None:
    """Silences Lightning's banner, tips, and warnings about choices that were made on purpose."""
    for name in ("pytorch_lightning", "lightning", "lightning.pytorch", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for message in _OF_NO_USE:
        warnings.filterwarnings("ignore", message=message)
