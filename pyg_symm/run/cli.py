"""The command line: Hydra's decorators around functions from a config to numbers."""

import sys
from collections.abc import Callable

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from .benchmark import benchmark
from .compose import plain_overrides
from .evaluate import evaluate
from .quickstart import quickstart
from .sample import sample
from .train import train

_CONF = "pkg://pyg_symm.conf"


def _with_run_dir(cfg: DictConfig) -> DictConfig:
    if cfg.run_dir is None:
        cfg.run_dir = HydraConfig.get().runtime.output_dir
    return cfg


@hydra.main(version_base="1.3", config_path=_CONF, config_name="train")
def train_main(cfg: DictConfig) -> None:
    """Trains one network; see ``conf/train.yaml``."""
    metrics = train(_with_run_dir(cfg))
    for name, value in metrics.items():
        if isinstance(value, float):
            print(f"{name:>24} {value:.4f}")
    print(cfg.run_dir)


@hydra.main(version_base="1.3", config_path=_CONF, config_name="quickstart")
def quickstart_main(cfg: DictConfig) -> None:
    """Trains, samples and compares in one go; see ``conf/quickstart.yaml``."""
    quickstart(_with_run_dir(cfg))


@hydra.main(version_base="1.3", config_path=_CONF, config_name="benchmark")
def benchmark_main(cfg: DictConfig) -> None:
    """Fills a table over many training runs; see ``conf/benchmark.yaml``."""
    benchmark(_with_run_dir(cfg))


@hydra.main(version_base="1.3", config_path=_CONF, config_name="sample")
def _sample_main(cfg: DictConfig) -> None:
    sample(_with_run_dir(cfg))
    print(cfg.run_dir)


def sample_main() -> None:
    """Samples from a trained generator; see ``conf/sample.yaml``."""
    sys.argv[1:] = plain_overrides("sample", sys.argv[1:])
    _sample_main()


@hydra.main(version_base="1.3", config_path=_CONF, config_name="evaluate")
def evaluate_main(cfg: DictConfig) -> None:
    """Evaluates a file of molecules or graphs; see ``conf/evaluate.yaml``."""
    evaluate(_with_run_dir(cfg))
    print(cfg.run_dir)


_COMMANDS: dict[str, Callable[[], None]] = {
    "train": train_main,
    "sample": sample_main,
    "evaluate": evaluate_main,
    "quickstart": quickstart_main,
    "benchmark": benchmark_main,
}


def main() -> None:
    """The ``pyg-symm`` command: the first word chooses, the others are overrides of its config."""
    if len(sys.argv) < 2 or sys.argv[1] not in _COMMANDS:
        names = "|".join(_COMMANDS)
        got = f" (got '{sys.argv[1]}')" if len(sys.argv) > 1 else ""
        sys.exit(f"usage: pyg-symm {names} [override ...]{got}")
    command = sys.argv.pop(1)
    sys.argv[1:] = plain_overrides(command, sys.argv[1:])
    _COMMANDS[command]()
