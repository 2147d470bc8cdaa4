import functools
from pathlib import Path

import pytest
import torch
from hydra.errors import MissingConfigException
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch_geometric.data import Data

from pyg_symm.generation import PARD, GraphStatistics
from pyg_symm.run import compose_config, train

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


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_composes_and_is_named_after_its_file(experiment, tmp_path):
    cfg = compose_config("train", [f"experiment={experiment}"])
    assert cfg.name == experiment
    ring = Data(edge_index=torch.tensor([[0, 1, 2, 1, 2, 0], [1, 2, 0, 0, 1, 2]]), num_nodes=3)
    statistics = GraphStatistics.of([ring], 1, 2)
    if OmegaConf.is_missing(cfg.model, "path"):
        PARD.for_graphs(statistics).save(tmp_path)
        cfg.model.path = str(tmp_path)
    model = instantiate(cfg.model)
    if isinstance(model, functools.partial):  # Generators are told what their data are like.
        model = model(statistics=statistics)
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


@pytest.mark.parametrize("name", sorted(file.stem for file in CONF.glob("data/tu/*.yaml")))
def test_every_set_of_graphs_tells_the_model_its_sizes(name):
    cfg = compose_config("train", [f"data=tu/{name}", "model=gin", "aggr=sum", "data.fold=3"])
    assert cfg.data.dataset.name.lower().startswith(name.removesuffix("_b").removesuffix("_m"))
    assert cfg.data.fold == 3
    model = instantiate(cfg.model)
    out = model(torch.randn(4, cfg.in_channels), torch.tensor([[0, 1], [1, 0]]))
    assert out.shape == (1, cfg.out_channels)


@pytest.mark.parametrize("suite", SUITES)
def test_every_run_of_every_suite_composes(suite):
    cfg = compose_config("benchmark", [f"suite={suite}"])
    assert cfg.suite.name == suite
    for name, values in cfg.suite.axes.items():
        for value in values:
            experiment = cfg.suite.get("experiment") or cfg.suite.axes.experiment[0]
            fixed = [] if name == "experiment" else [f"experiment={experiment}"]
            compose_config("train", [*fixed, f"{name}={value}"])


def test_smoke_is_not_undone_by_an_experiment():
    cfg = compose_config("train", ["experiment=lcm/pna_multitask", "trainer=smoke"])
    assert cfg.trainer.max_epochs == 1
    assert cfg.data.dataset.num_graphs_per_size == 2


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


@pytest.mark.parametrize("name", ["planar", "sbm", "tree", "grid", "community"])
def test_generic_graphs_train_in_seconds(name, tmp_path):
    """The network made small besides: graphs of the largest kinds have a hundred thousand pairs."""
    small = ["hidden_channels=8", "model.network.edge_channels=4", "model.network.num_layers=1"]
    options = ["trainer=smoke", "data.batch_size=2", "progress=false", f"run_dir={tmp_path}"]
    train(compose_config("train", [f"experiment=pard/{name}", *options, *small]))
    assert (tmp_path / "model" / "config.json").is_file()
