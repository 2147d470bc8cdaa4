import functools
from pathlib import Path

import pytest
import torch
from hydra.errors import MissingConfigException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch_geometric.data import Data

from pyg_symm.generation import PARD, GraphStatistics
from pyg_symm.run import compose_config

CONF = Path(__file__).parents[2] / "conf"
GROUPS = (
    "aggr",
    "callbacks",
    "data",
    "logger",
    "model",
    "optimizer",
    "scheduler",
    "task",
    "trainer",
)
EXPERIMENTS = sorted(
    str(file.relative_to(CONF / "experiment").with_suffix(""))
    for file in CONF.glob("experiment/**/*.yaml")
)
AGGREGATIONS = sorted(file.stem for file in CONF.glob("aggr/*.yaml"))
SUITES = sorted(
    str(file.relative_to(CONF / "suite").with_suffix("")) for file in CONF.glob("suite/**/*.yaml")
)


def sizes_of(cfg):
    """What data of each kind say of themselves."""
    ring = Data(edge_index=torch.tensor([[0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2]]), num_nodes=3)
    points = {"in_channels": 2, "in_vectors": 1, "out_channels": 3, "out_vectors": 1}
    if cfg.name == "lie/affine_points":  # Maps do not keep the lengths of vectors.
        points = {"in_channels": 2, "out_channels": 3}
    return {
        "GenerationData": {"statistics": GraphStatistics.of([ring], 1, 2)},
        "ClassSplits": {"in_channels": 4, "out_channels": 2},
        "CrossValidation": {"in_channels": 3, "out_channels": 2},
        "ImageSplits": {"in_channels": 1, "out_channels": 3},
        "IntegerSetData": {"num_bits": 6, "label_bits": 4},
        "PointData": points,
        "PointSplits": points,
        "SplitData": {"in_channels": 2, "node_channels": 3, "graph_channels": 3},
        "SubsetData": {"in_channels": 4},
        "TripleData": {"num_nodes": 5, "num_relations": 2},
    }[cfg.data._target_.rpartition(".")[2]]


@pytest.mark.parametrize("smoke", [False, True])
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_composes_and_is_named_after_its_file(experiment, smoke, tmp_path):
    overrides = [f"experiment={experiment}", *(["trainer=smoke"] if smoke else [])]
    cfg = compose_config("train", overrides)
    assert cfg.name == experiment and (cfg.data.limit == 8 or not smoke)
    sizes = sizes_of(cfg)
    if OmegaConf.is_missing(cfg.model, "path"):
        PARD.for_graphs(**sizes).save(tmp_path)
        cfg.model.path = str(tmp_path)
    model = instantiate(cfg.model)
    assert isinstance(model, functools.partial)  # No size of the data is written in a config.
    model = model(**sizes)
    optimizer = instantiate(cfg.optimizer)(model.parameters())
    scheduler = instantiate(cfg.scheduler)(optimizer)
    assert isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler)
    instantiate(cfg.task, model=model)


@pytest.mark.parametrize("aggr", AGGREGATIONS)
def test_every_aggregation_keeps_the_width(aggr):
    module = instantiate(compose_config("train", [f"aggr={aggr}", "hidden_channels=8"]).aggr)
    out = module(torch.randn(6, 8), torch.tensor([0, 0, 0, 1, 1, 2]), dim_size=3)
    assert out.shape == (3, 8)


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_of_every_group_composes(group, tmp_path):
    for file in sorted((CONF / group).glob("*.yaml")):
        compose_config("train", [f"{group}={file.stem}", f"run_dir={tmp_path}"])


@pytest.mark.parametrize("suite", SUITES)
def test_every_run_of_every_suite_composes(suite):
    cfg = compose_config("benchmark", [f"suite={suite}"])
    assert cfg.suite.name.startswith(suite.split("/")[0])
    for name, values in cfg.suite.axes.items():
        for value in values:
            experiment = cfg.suite.get("experiment") or cfg.suite.axes.experiment[0]
            fixed = [] if name == "experiment" else [f"experiment={experiment}"]
            compose_config("train", [*fixed, f"{name}={value}"])


def test_smoke_comes_after_the_experiment_and_before_the_command_line():
    cfg = compose_config("train", ["experiment=pard/quick", "trainer=smoke", "hidden_channels=24"])
    assert cfg.trainer.max_epochs == 1 and cfg.data.limit == 8 and cfg.hidden_channels == 24
    assert compose_config("train", ["experiment=pard/quick"]).data.limit == 12_000
    assert cfg.model.network.num_layers == 1


def test_unknown_names_are_named():
    with pytest.raises(MissingConfigException, match="no_such"):
        compose_config("train", ["experiment=lcm/no_such"])
    with pytest.raises(MissingConfigException, match="no_such"):
        compose_config("train", ["aggr=no_such"])
    with pytest.raises(Exception, match="no_such"):
        compose_config("train", ["no_such=1"])


def test_a_saved_model_is_no_config_of_a_model():
    cfg = compose_config("sample", ["model=runs/a=1,b=[2]", "extend=C[C@H](N)C(=O)O"])
    assert cfg.pretrained == "runs/a=1,b=[2]" and cfg.extend == "C[C@H](N)C(=O)O"
    assert compose_config("sample", ["model=m", "extend=null"]).extend is None


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name.startswith("pard/")])
def test_generators_train_by_epochs_except_for_the_recipe_of_the_bundled_model(name):
    cfg = compose_config("train", [f"experiment={name}"])
    timed = name == "pard/moses"
    assert (cfg.time_limit is not None) == timed
    assert cfg.scheduler._target_.endswith("ConstantLR" if timed else "CosineAnnealingLR")
    assert (cfg.trainer.precision == "bf16-mixed") == timed
