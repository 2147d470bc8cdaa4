"""Models of triples to compare: NFE and PyG's, trained in one loop and ranked in several ways."""

import importlib.util
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.kge import ComplEx, DistMult, KGEModel, RotatE, TransE

from pyg_symm.datasets import KnowledgeGraph
from pyg_symm.metrics import KnownTriples, filtered_ranking
from pyg_symm.nn.kge import NFE

CHANNELS, SEEDS = 128, range(3)


class WithLossOfPyG(NFE):
    """NFE, trained by the loss of PyG's models: one drawn negative for each triple."""

    loss_of: Any

    def loss(self, *triples: Tensor, **kwargs: Any) -> Tensor:
        return self.loss_of.loss(self, *triples)


class WithLossOfComplEx(WithLossOfPyG):
    """The logistic loss."""

    loss_of = ComplEx


class WithLossOfDistMult(WithLossOfPyG):
    """The ranking loss with a margin."""

    loss_of, margin = DistMult, 1.0


@dataclass(frozen=True)
class Setting:
    r"""How a model is built and trained: batches and learning rates are the best in validation.

    Attributes:
        model (Callable): The class.
        rate (float): The first learning rate.
        options (dict): Further arguments of the model.
        batch (int): Triples in a batch, or queries with ``"k_vs_all"``.
        decay (float): What the learning rate is multiplied by after an epoch.
    """

    model: Callable[..., KGEModel]
    rate: float
    options: dict[str, Any] = field(default_factory=dict)
    batch: int = 256
    decay: float = 0.97


_QUERIES, _ONE_SIDE = {"loss": "k_vs_all"}, {"inverse_relations": False}
SETTINGS = {
    **{kind: Setting(NFE, 1e-2, {"kind": kind}) for kind in ("nfe1", "nfe2", "nfe3", "mu")},
    "nfe1, k_vs_all": Setting(NFE, 8e-2, {"gamma": 6.0, **_QUERIES}, 160, 0.95),
    "mu, k_vs_all": Setting(NFE, 0.15, {"kind": "mu", "gamma": 8.0, **_QUERIES}, 240, 0.93),
    "nfe1, ComplEx's loss": Setting(WithLossOfComplEx, 1e-2, {"gamma": 4.0, **_ONE_SIDE}),
    "nfe1, DistMult's loss": Setting(WithLossOfDistMult, 1e-2, _ONE_SIDE),
    "TransE": Setting(TransE, 3e-3),
    "DistMult": Setting(DistMult, 3e-3),
    "ComplEx": Setting(ComplEx, 1e-2),
    "RotatE": Setting(RotatE, 3e-3),
}


def build(name: str, graph: KnowledgeGraph, seed: int = 0) -> KGEModel:
    """A model as it starts."""
    torch.manual_seed(seed)
    setting = SETTINGS[name]
    return setting.model(graph.num_nodes, graph.num_relations, CHANNELS, **setting.options)


def train(name: str, graph: KnowledgeGraph, epochs: int, levels: list[float]) -> dict[str, Any]:
    """Medians over seeds of :func:`train_once`; a level counts if most seeds reach it."""
    runs = [train_once(name, graph, epochs, levels, seed) for seed in SEEDS]
    found = {key: median(run[key] for run in runs) for key in ("triples_per_second", "best")}
    until = [[run["seconds_until"].get(str(level), inf) for run in runs] for level in levels]
    reached = {str(level): median(s) for level, s in zip(levels, until, strict=True)}
    return {**found, "seconds_until": {key: s for key, s in reached.items() if s < inf}}


def train_once(
    name: str, graph: KnowledgeGraph, epochs: int, levels: list[float], seed: int
) -> dict[str, Any]:
    """Trains with the model's own loader and loss.

    Gives triples a processor second, the best validation, and the processor seconds of training
    until validation reaches each level; validation itself is not counted.
    """
    model, setting = build(name, graph, seed), SETTINGS[name]
    optimizer = torch.optim.Adam(model.parameters(), lr=setting.rate, fused=True)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, setting.decay)
    loader = model.loader(*graph.triples("train"), batch_size=setting.batch, shuffle=True)
    known = KnownTriples(graph.known, graph.num_nodes, graph.num_relations)
    seconds, best, reached = 0.0, 0.0, {}
    for _ in range(epochs):
        begin = time.process_time()
        for head, rel, tail in loader:
            optimizer.zero_grad()
            model.loss(head, rel, tail).backward()
            optimizer.step()
        scheduler.step()
        seconds += time.process_time() - begin
        best = max(best, filtered_ranking(model, graph.triples("val"), known).mrr)
        for level in levels:
            if best >= level:
                reached.setdefault(str(level), seconds)
    triples = epochs * len(graph.triples("train")[0])
    return {"triples_per_second": triples / seconds, "best": best, "seconds_until": reached}


def rankings(name: str, graph: KnowledgeGraph) -> tuple[int, Callable[[], Any]]:
    """The number of queries, and a way to rank them: ``"WAY, MODEL"``."""
    way, model_name = name.split(", ")
    model = build(model_name, graph)
    test, known = graph.triples("test"), graph.known
    num = len(test[0])
    if way == "PyG test":  # Of tails only.
        return num, lambda: model.test(*test, batch_size=1000, log=False)
    if way == "PyKEEN":
        return 2 * num, _pykeen(model, graph)
    # Known triples are put in order in every call.
    return 2 * num, lambda: filtered_ranking(model, test, known)


def installed() -> bool:
    """Whether PyKEEN can be compared with."""
    return importlib.util.find_spec("pykeen") is not None


def _pykeen(model: Any, graph: KnowledgeGraph) -> Callable[[], Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pykeen.evaluation import RankBasedEvaluator
        from pykeen.models import Model
        from pykeen.triples import CoreTriplesFactory

    class Adapter(Model):
        """Shows a model to PyKEEN."""

        def __init__(self, factory: Any) -> None:
            super().__init__(triples_factory=factory, random_seed=0)
            self.model = model

        def _reset_parameters_(self) -> None:
            pass

        def _get_entity_len(self, *, mode: Any = None) -> int:
            return model.num_nodes

        def collect_regularization_term(self) -> Tensor:
            return torch.zeros(())

        def score_hrt(self, hrt_batch: Tensor, **kwargs: Any) -> Tensor:
            return model(*hrt_batch.t()).unsqueeze(1)

        def score_t(self, hr_batch: Tensor, **kwargs: Any) -> Tensor:
            return model.score_tails(*hr_batch.t())

        def score_h(self, rt_batch: Tensor, **kwargs: Any) -> Tensor:
            return model.score_heads(*rt_batch.t())

        def score_r(self, ht_batch: Tensor, **kwargs: Any) -> Tensor:
            raise NotImplementedError

    train, val, test = (torch.stack(part, dim=1) for part in graph.known)
    factory = CoreTriplesFactory(train, graph.num_nodes, graph.num_relations)
    adapter = Adapter(factory)
    return lambda: RankBasedEvaluator(filtered=True).evaluate(
        adapter, test, additional_filter_triples=[train, val], batch_size=1024, use_tqdm=False
    )
