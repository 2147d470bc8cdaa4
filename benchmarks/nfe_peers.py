"""Models of triples to compare: NFE and PyG's, trained in one loop and ranked in several ways."""

import importlib.util
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch_geometric.nn.kge import ComplEx, DistMult, KGEModel, RotatE, TransE

from pyg_symm.datasets import KnowledgeGraph
from pyg_symm.metrics import KnownTriples, filtered_ranking
from pyg_symm.nn.kge import NFE

CHANNELS, BATCH = 128, 256
NFE_KINDS = ["nfe1", "nfe2", "nfe3", "mu"]
# With learning rates that were best in validation, of 0.003, 0.01, 0.03 and 0.1 for PyG's models.
PYG = {
    "TransE": (TransE, 3e-3),
    "DistMult": (DistMult, 3e-3),
    "ComplEx": (ComplEx, 1e-2),
    "RotatE": (RotatE, 3e-3),
}


def build(name: str, graph: KnowledgeGraph) -> tuple[KGEModel, float]:
    """A model and its learning rate."""
    torch.manual_seed(0)
    sizes = graph.num_nodes, graph.num_relations, CHANNELS
    if name in PYG:
        model, rate = PYG[name]
        return model(*sizes), rate
    return NFE(*sizes, kind=name), 1e-2


def train(name: str, graph: KnowledgeGraph, epochs: int, levels: list[float]) -> dict[str, Any]:
    """Trains with PyG's loader and the model's own loss.

    Gives triples a processor second, the best validation, and the processor seconds of training
    until validation reaches each level; validation itself is not counted.
    """
    model, rate = build(name, graph)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.97)
    loader = model.loader(*graph.triples("train"), batch_size=BATCH, shuffle=True)
    known = KnownTriples(graph.known, graph.num_nodes, graph.num_relations)
    seconds, best, reached = 0.0, 0.0, {}
    for epoch in range(1, epochs + 1):
        begin = time.process_time()
        for head, rel, tail in loader:
            optimizer.zero_grad()
            model.loss(head, rel, tail).backward()
            optimizer.step()
        scheduler.step()
        seconds += time.process_time() - begin
        if epoch % 3 == 0:
            best = max(best, filtered_ranking(model, graph.triples("val"), known).mrr)
            for level in levels:
                if best >= level:
                    reached.setdefault(str(level), seconds)
    triples = epochs * len(graph.triples("train")[0])
    return {"triples_per_second": triples / seconds, "best": best, "seconds_until": reached}


def rankings(name: str, graph: KnowledgeGraph) -> tuple[int, Callable[[], Any]]:
    """The number of queries, and a way to rank them: ``"WAY, MODEL"``."""
    way, model_name = name.split(", ")
    model, _ = build(model_name, graph)
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
