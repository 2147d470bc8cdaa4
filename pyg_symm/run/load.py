"""Trained tasks out of the folders of their runs."""

from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import OmegaConf

from pyg_symm.tasks import BestWeights, Task, WholeCheckpoints

from .build import build_model
from .train import find_checkpoint


def load_run(run_dir: str | Path, best: bool = False) -> tuple[Task, Any]:
    r"""Loads what a training run has learned, to use it.

    The config of the run says where its data are, and the data give the network its sizes. Files
    with relative paths are looked for from the current folder, as the run did.

    Args:
        run_dir (str or Path): The folder of the run, or a checkpoint in its ``checkpoints``.
        best (bool, optional): Whether to take the weights of the best validation, if the run has
            kept them by :class:`~pyg_symm.tasks.BestWeights`, instead of the last ones.
            (default: :obj:`False`)

    Returns:
        tuple: The task in evaluation mode, and the data module. For energies and forces,
        ``task(data.batch(graphs))`` gives energies in eV and forces in eV/Å.

    Raises:
        FileNotFoundError: If there is no checkpoint, config or data file.
        ValueError: If the checkpoint is damaged.

    Examples:
        >>> task, data = load_run("runs/water")  # doctest: +SKIP
        >>> energy, force = task(data.batch([Data(z=z, pos=pos)]))  # doctest: +SKIP
    """
    checkpoint = Path(find_checkpoint(run_dir, "run_dir"))
    file = checkpoint.parent.parent / "config.yaml"
    if not file.is_file():
        raise FileNotFoundError(f"'run_dir' holds no config: there is no '{file}'")
    cfg = OmegaConf.load(file)
    data = instantiate(cfg.data)
    task = instantiate(cfg.task, model=build_model(cfg.model, data))
    content = WholeCheckpoints().load_checkpoint(checkpoint)
    kept = content.get("callbacks", {}).get(BestWeights.__name__, {}).get("weights")
    task.load_state_dict(kept if best and kept else content["state_dict"])
    return task.eval(), data
