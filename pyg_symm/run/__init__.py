"""Jobs launched by Hydra: functions from a config to results, and the command line."""

from .benchmark import benchmark
from .compose import compose_config
from .evaluate import evaluate
from .quickstart import quickstart
from .sample import sample
from .train import train

__all__ = ["benchmark", "compose_config", "evaluate", "quickstart", "sample", "train"]
