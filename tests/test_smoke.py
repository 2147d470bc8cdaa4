"""Every experiment in seconds and in little memory, with its data."""

import multiprocessing
import os
import resource
from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from torch_geometric.data import Batch

from pyg_symm.datasets import GenericGraphs
from pyg_symm.generation import PARD, GraphStatistics
from pyg_symm.run import compose_config, train

CONF = Path(__file__).parents[1] / "conf"
EXPERIMENTS = sorted(
    str(file.relative_to(CONF / "experiment").with_suffix(""))
    for file in CONF.glob("experiment/**/*.yaml")
)
SECONDS, BYTES, ITEMS = 20.0, 2 * 2**30, 8
BOTH = ["+data.train.force_reload=true", "+data.val.force_reload=true"]
ONE = ["+data.dataset.force_reload=true"]
DOWNLOADS = {  # From the package index; processed anew where time is measured.
    **{"gin/motifs": ONE, "gin/tu": ONE, "lcm/mutag": ONE, "ppgn/tu": ONE, "spen/tu": ONE},
    **{f"pard/{name}": BOTH for name in ("moses", "moses_large", "qm9", "quick")},
    **{f"nfe/{name}": [] for name in ("nations", "umls", "kinships")},
    "inset/digits": [],
    **{
        f"lie/{name}": []
        for name in ("affine_digits", "affine_digits_full", "affine_points", "homography_digits")
    },
    **{f"ponita/{name}": ONE for name in ("mnist_points", "qm9", "qm9_small")},
    "weight_features/digits_cnn": [],
    "weight_matching/digits": [],
}
SMILES = ["C" * n + tail for n in range(1, 9) for tail in ("O", "N", "Cl")]


def arguments(experiment, folder):
    """What an experiment asks its user for."""
    if experiment == "pard/zinc250k":
        (folder / "mine.smi").write_text("\n".join(SMILES) + "\n")
        return [f"data.train.smiles={folder / 'mine.smi'}"]
    if experiment == "inset/registry":
        rows = (" ".join(str((i + j) % 50) for j in range(3 + i % 4)) for i in range(60))
        (folder / "mine.csv").write_text("\n".join(rows))
        return [f"data.dataset.path={folder / 'mine.csv'}"]
    if experiment == "pard/fine_tune":
        batch = Batch.from_data_list(list(GenericGraphs("grid_small", "all")))
        statistics = GraphStatistics.of([batch], 1, 2, max_hops=1)
        network = {"hidden_channels": 8, "edge_channels": 4, "num_layers": 1, "heads": 2}
        PARD.for_graphs(statistics, num_steps=2, network=network).save(folder / "saved")
        return [f"model.path={folder / 'saved'}", "data=generic", "data.name=grid_small"]
    if experiment.startswith(("gaunt/md", "ponita/md")):
        (folder / "mine.xyz").write_text("".join(water(i) for i in range(64)))
        return [f"data.train.files={folder / 'mine.xyz'}"]
    if experiment in ("nfe/files", "nfe/fb15k237", "nfe/wn18rr", "nfe/wn18rr_small"):
        write_triples(folder / "mine")
        return [f"data.graph.folder={folder / 'mine'}"]
    if experiment.startswith(("gin/", "ppgn/", "spen/")) and experiment.endswith("social"):
        write_social(folder / "tu" / "SOCIAL" / "raw")
        return ["data.name=SOCIAL", f"data_root={folder / 'tu'}"]
    return []


def water(number):
    """A frame of extended XYZ, in which the first bond is stretched."""
    stretch = 0.001 * number
    return (
        f"3\nProperties=species:S:1:pos:R:3:forces:R:3 energy={stretch**2 - 2000}\n"
        f"O 0 0 0 {2 * stretch} 0 0\nH {0.96 + stretch} 0 0 {-2 * stretch} 0 0\n"
        "H -0.24 0.93 0 0 0 0\n"
    )


def write_social(raw, num_graphs=40, size=6):
    """Complete graphs without labels of nodes, with one edge less in every other."""
    raw.mkdir(parents=True)
    edges, indicator, labels = [], [], []
    for i in range(num_graphs):
        nodes = range(size * i + 1, size * (i + 1) + 1)
        pairs = [(a, b) for a in nodes for b in nodes if a != b]
        edges += pairs if i % 2 else [p for p in pairs if set(p) != {nodes[0], nodes[1]}]
        indicator += [i + 1] * size
        labels.append(i % 2)
    (raw / "SOCIAL_A.txt").write_text("".join(f"{a}, {b}\n" for a, b in edges))
    (raw / "SOCIAL_graph_indicator.txt").write_text("".join(f"{i}\n" for i in indicator))
    (raw / "SOCIAL_graph_labels.txt").write_text("".join(f"{i}\n" for i in labels))


def write_triples(folder, num=30):
    """A ring of entities, in one relation each way."""
    folder.mkdir()
    pairs = [(i, (i + 1) % num) for i in range(num)]
    lines = [f"{a}\tnext\t{b}\n{b}\tlast\t{a}\n" for a, b in pairs]
    for name, part in {"train": lines, "valid": lines[:2], "test": lines[2:4]}.items():
        (folder / f"{name}.txt").write_text("".join(part))


def cpu_seconds():
    """Seconds of one core that this process and its workers have used, whatever else runs."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def run(experiment, overrides, folder, queue):
    """Trains in a process that has only read its modules, and tells what that took."""
    torch.set_num_threads(1)
    if experiment not in DOWNLOADS:  # Nothing is processed yet.
        os.environ["PYG_SYMM_DATA"] = str(folder / "data")
    else:
        try:
            instantiate(compose_config("train", overrides).data)
        except Exception as error:
            if "Could not download" in str(error):
                return queue.put(None)
            raise
    begin = cpu_seconds()
    cfg = compose_config("train", [*overrides, *DOWNLOADS.get(experiment, [])])
    train(cfg)
    seconds = cpu_seconds() - begin
    data = instantiate(cfg.data)
    items = len(data.parts["train"] if hasattr(data, "parts") else data.train)
    return queue.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, items))


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pyg_symm.run", "pyg_symm.tasks"])
    return context


@pytest.mark.parametrize(
    "experiment",
    [pytest.param(e, marks=[pytest.mark.network] * (e in DOWNLOADS)) for e in EXPERIMENTS],
)
def test_smoke_makes_every_experiment_small(experiment, processes, tmp_path):
    overrides = [
        f"experiment={experiment}",
        "trainer=smoke",
        "progress=false",
        "threads=1",
        f"run_dir={tmp_path / 'run'}",
        *arguments(experiment, tmp_path),
    ]
    queue = processes.SimpleQueue()
    process = processes.Process(target=run, args=(experiment, overrides, tmp_path, queue))
    process.start()
    process.join(600)
    assert process.exitcode == 0, experiment
    measured = queue.get()
    if measured is None:
        pytest.skip("the data cannot be downloaded here")
    seconds, size, items = measured
    assert seconds < SECONDS and size < BYTES and 0 < items <= ITEMS, (seconds, size, items)
    assert (tmp_path / "run" / "metrics.json").is_file()
