"""Configs from Python, as the command line makes them."""

from collections.abc import Sequence

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from .overrides import plain_overrides


def compose_config(name: str = "train", overrides: Sequence[str] = ()) -> DictConfig:
    r"""Composes a primary config of ``pyg_symm.conf``.

    Args:
        name (str, optional): ``"train"``, ``"sample"``, ``"evaluate"``, ``"benchmark"``,
            ``"quickstart"`` or ``"job"``. (default: ``"train"``)
        overrides (list, optional): As on the command line, such as ``experiment=lcm/mutag``.

    Examples:
        >>> cfg = compose_config("train", ["experiment=lcm/mutag", "aggr=max"])
        >>> cfg.aggr._target_
        'torch_geometric.nn.aggr.MaxAggregation'
    """
    overrides = plain_overrides(name, overrides)
    # Inside of an application the search path may hold folders of the user's: keep it.
    if GlobalHydra.instance().is_initialized():
        return compose(name, overrides=overrides)
    with initialize_config_module("pyg_symm.conf", version_base="1.3"):
        return compose(name, overrides=overrides)
