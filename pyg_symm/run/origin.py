"""Where samples come from: the training file behind a file of samples."""

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException


class Origin(NamedTuple):
    r"""What is known of the training behind samples.

    Attributes:
        model: The model as it was given to ``sample``, a folder or the name of a bundled one.
        dataset: The name of the class of its training data, such as ``"SmilesGraphs"``.
        file: The file of SMILES that it was trained on, if it is still there.
        column: The column of that file, if one was given.
    """

    model: str
    dataset: str | None = None
    file: Path | None = None
    column: str | None = None


def find_origin(samples: str | Path) -> Origin | None:
    r"""Finds the training data of the model that wrote a file of samples.

    This reads the config in the folder of the samples and the config of the training run. Nothing
    is built from them.

    Args:
        samples (str or Path): A file that ``pyg-symm sample`` has written.

    Returns:
        Origin: Or :obj:`None` if the folder has no config of ``pyg-symm sample``.
    """
    config = _read(Path(samples).parent / "config.yaml")
    model = config.get("pretrained", config.get("model"))
    if not isinstance(model, str):
        return None
    if model == "moses":
        return Origin(model, "MOSES")
    if model == "qm9":
        return Origin(model, "QM9Graphs")
    folder = Path(model)
    for place in (folder, folder.parent):  # A run, or the model in it.
        data: Any = _read(place / "config.yaml").get("data")
        train = data.get("train") if isinstance(data, dict) else None
        if isinstance(train, dict) and isinstance(train.get("_target_"), str):
            given, column = str(train.get("smiles")), train.get("column")
            is_file = Path(given).is_file()
            return Origin(
                model,
                train["_target_"].removesuffix(".nci5k").rpartition(".")[2],
                Path(given) if is_file else None,
                column if isinstance(column, str) else None,
            )
    return Origin(model)


def _read(file: Path) -> dict[Any, Any]:
    """Returns a config as plain values; an empty one if it is missing or cannot be read."""
    try:
        content = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
    except (OSError, ValueError, OmegaConfBaseException, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}
