"""Entities as distributions: knowledge graph embedding by normalizing flows."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import Embedding
from torch.utils.data import DataLoader
from torch_geometric.nn.kge import KGEModel

from pyg_symm.utils import check_choice, check_sizes

from .all_scores import score_blocks
from .checks import check_indices
from .flows import AffineFlow, Flow
from .kinds import KINDS
from .losses import SAMPLED, check_loss, draw_nodes, k_vs_all, one_vs_all
from .queries import Queries, QueryLoader

_BOUND = 0.1  # Of initial parameters.
_BLOCK = 2**22  # Numbers in the features of entities that are scored at once without gradients.
_NEGATIVES = 256

_Score = Callable[[Tensor], Tensor]
_Side = tuple[Tensor, _Score, _Score]


class NFE(KGEModel):
    r"""The model of `"Knowledge Graph Embedding by Normalizing Flows"
    <https://arxiv.org/abs/2409.19977>`_.

    An entity is a flow :math:`f_e` of a base random variable :math:`X`, that is, a distribution
    with a location and a spread in each of :math:`d` coordinates. A relation is an affine map
    :math:`f_r`. A triple is scored by how far the image of its head is from its tail:

    .. math::
        s(h, r, t) = \gamma - \sum_{k=1}^d D\big(f_r(f_h(X)), f_t(X)\big)

    ============ ========================== =============================================
    ``kind``     entity                     :math:`D`
    ============ ========================== =============================================
    ``"nfe1"``   affine                     squared 2-Wasserstein distance
    ``"nfe2"``   two slopes, left and right squared 2-Wasserstein distance
    ``"nfe3"``   affine                     divergence of normal laws, from head to tail
    ``"mu"``     affine                     the locations in ``"nfe1"`` only
    ``"sigma"``  affine                     the spreads in ``"nfe1"`` only
    ============ ========================== =============================================

    Rows of ``node_emb`` are :math:`[\mu \mid \mathrm{slopes}]`, of width :math:`2d` or, for
    ``"nfe2"``, :math:`3d`; rows of ``rel_emb`` are :math:`[\mu_r \mid \sigma_r]`. Rows from
    ``num_relations`` on belong to inverse relations.

    Args:
        num_nodes (int): The number of entities.
        num_relations (int): The number of relations, without inverse ones.
        hidden_channels (int): The number of coordinates :math:`d`.
        kind (str, optional): See above. (default: ``"nfe1"``)
        gamma (float, optional): The score of a perfect match. (default: :obj:`1.0`)
        base (str, optional): ``"normal"`` or ``"uniform"``; matters to ``"nfe2"`` only.
            (default: ``"normal"``)
        inverse_relations (bool, optional): Whether heads are scored as tails of inverse relations
            with parameters of their own. (default: :obj:`True`)
        sign_aware (bool, optional): Whether a relation with a negative scale exchanges the two
            slopes of a flow, as it must; the published program does not. (default: :obj:`True`)
        loss (str, optional): ``"one_vs_all"``, the logistic loss of all entities; its estimate
            from uniformly drawn ones, ``"sampled"``; ``"self_adversarial"``, where drawn entities
            weigh by their scores; or ``"k_vs_all"``, the logistic loss of all entities with all
            true ones of a query at once, in batches of :meth:`loader` only.
            (default: ``"one_vs_all"``)
        num_negatives (int, optional): How many entities to draw for a batch. (default: 256)
        sparse (bool, optional): Whether gradients of the tables are sparse, which needs a loss of
            drawn entities. (default: :obj:`False`)

    Shapes:
        - **input:** heads, relations and tails, each :math:`(B)`
        - **output:** scores :math:`(B)`

    Raises:
        ValueError: If an argument is out of range.

    Examples:
        >>> model = NFE(num_nodes=14, num_relations=3, hidden_channels=8)
        >>> head, rel, tail = torch.tensor([[0, 1], [2, 0], [5, 6]])
        >>> model(head, rel, tail).shape, model.score_tails(head, rel).shape
        (torch.Size([2]), torch.Size([2, 14]))
        >>> loss = model.loss(head, rel, tail)
    """

    def __init__(
        self,
        num_nodes: int,
        num_relations: int,
        hidden_channels: int,
        *,
        kind: str = "nfe1",
        gamma: float = 1.0,
        base: str = "normal",
        inverse_relations: bool = True,
        sign_aware: bool = True,
        loss: str = "one_vs_all",
        num_negatives: int | None = None,
        sparse: bool = False,
    ) -> None:
        check_sizes(
            1, num_nodes=num_nodes, num_relations=num_relations, hidden_channels=hidden_channels
        )
        check_choice("kind", kind, KINDS)
        if not math.isfinite(gamma):
            raise ValueError(f"'gamma' must be finite (got {gamma})")
        check_loss(loss, num_negatives, sparse, inverse_relations)
        with torch.device("meta"):  # The tables of the base class are narrower, and replaced.
            super().__init__(num_nodes, num_relations, hidden_channels, sparse)
        self.kind, self.gamma, self.base = kind, float(gamma), base
        self.inverse_relations, self.sign_aware = inverse_relations, sign_aware
        self.loss_name, self.num_negatives = loss, num_negatives or _NEGATIVES
        self._kind = KINDS[kind](base, sign_aware)
        rows = num_relations * (2 if inverse_relations else 1)
        self.node_emb = Embedding(num_nodes, self._kind.width * hidden_channels, sparse=sparse)
        self.rel_emb = Embedding(rows, 2 * hidden_channels, sparse=sparse)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        for table in (self.node_emb, self.rel_emb):
            torch.nn.init.uniform_(table.weight, -_BOUND, _BOUND)

    def forward(self, head_index: Tensor, rel_type: Tensor, tail_index: Tensor) -> Tensor:
        self._check(head_index=head_index, rel_type=rel_type, tail_index=tail_index)
        return self._scores(head_index, rel_type, tail_index)

    def score_tails(self, head_index: Tensor, rel_type: Tensor) -> Tensor:
        r"""Scores all entities as tails.

        Args:
            head_index (torch.Tensor): The heads :math:`(B)`.
            rel_type (torch.Tensor): The relations :math:`(B)`.

        Returns:
            torch.Tensor: Scores :math:`(B, N)`.
        """
        self._check(head_index=head_index, rel_type=rel_type)
        return self._all(lambda nodes: self._tails(head_index, rel_type, nodes))

    def score_heads(self, rel_type: Tensor, tail_index: Tensor) -> Tensor:
        r"""Scores all entities as heads: with inverse relations, as their tails.

        Args:
            rel_type (torch.Tensor): The relations :math:`(B)`.
            tail_index (torch.Tensor): The tails :math:`(B)`.

        Returns:
            torch.Tensor: Scores :math:`(B, N)`.
        """
        self._check(rel_type=rel_type, tail_index=tail_index)
        return self._all(lambda nodes: self._heads(rel_type, tail_index, nodes))

    def loss(
        self,
        head_index: Tensor,
        rel_type: Tensor,
        tail_index: Tensor,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        r"""The mean of the losses of both sides, each the mean over the batch.

        The batch shares the drawn entities. With ``"k_vs_all"``, it is the mean over the distinct
        heads and relations of the batch, whose tails here are their true ones; relations may be
        inverse, and heads are learned from these only.

        Args:
            head_index (torch.Tensor): The heads :math:`(B)`.
            rel_type (torch.Tensor): The relations :math:`(B)`.
            tail_index (torch.Tensor): The tails :math:`(B)`.
            generator (torch.Generator, optional): What drawn entities depend on.
                (default: PyTorch's own)
        """
        nodes, whole = self.node_emb.weight, self.loss_name == "k_vs_all"
        sizes = {"rel_type": (2 if whole else 1) * self.num_relations}
        triples = {"head_index": head_index, "rel_type": rel_type, "tail_index": tail_index}
        check_indices(sizes, self.num_nodes, **triples)
        if whole:
            score = partial(self._tails, nodes=nodes)
            return k_vs_all(score, head_index, rel_type, tail_index, self.num_nodes)
        sides = self._sides(head_index, rel_type, tail_index)
        if self.loss_name == "one_vs_all":
            losses = [one_vs_all(score(nodes), target) for target, score, _ in sides]
        else:
            device = head_index.device
            drawn = draw_nodes(self.num_nodes, self.num_negatives, device, generator)
            nodes, loss = self.node_emb(drawn), SAMPLED[self.loss_name]
            losses = [
                loss(true(target), score(nodes), drawn == target.unsqueeze(1), self.num_nodes)
                for target, score, true in sides
            ]
        return torch.stack(losses).mean()

    def loader(
        self, head_index: Tensor, rel_type: Tensor, tail_index: Tensor, **kwargs: Any
    ) -> DataLoader:
        r"""Batches of triples; for ``"k_vs_all"``, all those of some :class:`Queries`."""
        self._check(head_index=head_index, rel_type=rel_type, tail_index=tail_index)
        if self.loss_name != "k_vs_all":
            return super().loader(head_index, rel_type, tail_index, **kwargs)
        queries = Queries(head_index, rel_type, tail_index, self.num_relations)
        return QueryLoader(queries, **kwargs)

    def query_features(self, head_index: Tensor, rel_type: Tensor) -> Tensor:
        r"""Points whose nearest neighbours among :meth:`entity_features` are the best tails.

        The squared Euclidean distance is :math:`\gamma` minus the score, for all kinds but
        ``"nfe3"``.

        Args:
            head_index (torch.Tensor): The heads :math:`(B)`.
            rel_type (torch.Tensor): The relations :math:`(B)`.

        Returns:
            torch.Tensor: Points :math:`(B, F)`.
        """
        self._check(head_index=head_index, rel_type=rel_type)
        return self._kind.image(self.node_emb(head_index), self.rel_emb(rel_type))

    def entity_features(self, index: Tensor | None = None) -> Tensor:
        r"""The points of entities, all of them without an index :math:`(N, F)`."""
        return self._kind.features(self._rows(index))

    def flow(self, index: Tensor) -> Flow:
        r"""The flows of entities :math:`(B)`."""
        return self._kind.flow(self._rows(index))

    def relation_flow(self, rel_type: Tensor) -> AffineFlow:
        r"""The flows of relations :math:`(B)`; numbers from ``num_relations`` on are inverse ones.

        Raises:
            ValueError: For ``"nfe3"``, which scales locations and spreads by different numbers.
        """
        if self.kind == "nfe3":
            raise ValueError("'kind' must not be 'nfe3', whose relations are no flows")
        mu, sigma = self.rel_emb(rel_type).chunk(2, dim=-1)
        return AffineFlow(mu, sigma, self.base)

    def uncertainty(self, index: Tensor | None = None) -> Tensor:
        r"""The mean logarithm of the spreads of entities, all of them without an index :math:`(B)`.

        Raises:
            ValueError: If flows have no spread, as of ``"mu"``.
        """
        slopes = self._kind.slopes(self._rows(index))
        return slopes.clamp(min=torch.finfo(slopes.dtype).tiny).log().mean(dim=-1)

    def _rows(self, index: Tensor | None) -> Tensor:
        if index is None:
            return self.node_emb.weight
        self._check(index=index)
        return self.node_emb(index)

    def _scores(self, head: Tensor, rel: Tensor, tail: Tensor) -> Tensor:
        """Scores of triples, whose relations may be inverse."""
        image = self._kind.image(self.node_emb(head), self.rel_emb(rel))
        return self.gamma - self._kind.distance(image, self._kind.features(self.node_emb(tail)))

    def _sides(self, head: Tensor, rel: Tensor, tail: Tensor) -> list[_Side]:
        """True entities, and how to score rows of others and numbers of them, for each side."""
        if self.inverse_relations:  # Both sides ask for tails.
            known, target = torch.cat([head, tail]), torch.cat([tail, head])
            rel = torch.cat([rel, rel + self.num_relations])
            return [(target, partial(self._tails, known, rel), partial(self._scores, known, rel))]
        return [
            (tail, partial(self._tails, head, rel), partial(self._scores, head, rel)),
            (head, partial(self._heads, rel, tail), lambda nodes: self._scores(nodes, rel, tail)),
        ]

    def _tails(self, head: Tensor, rel: Tensor, nodes: Tensor) -> Tensor:
        """Scores of tails, given by their rows of the table."""
        image = self._kind.image(self.node_emb(head), self.rel_emb(rel))
        return self.gamma - self._kind.distances(image, self._kind.features(nodes))

    def _heads(self, rel: Tensor, tail: Tensor, nodes: Tensor) -> Tensor:
        """Scores of heads, given by their rows of the table."""
        if self.inverse_relations:
            return self._tails(tail, rel + self.num_relations, nodes)
        features = self._kind.features(self.node_emb(tail))
        groups, group = rel.unique(return_inverse=True)
        return self.gamma - self._kind.image_distances(nodes, self.rel_emb(groups), group, features)

    def _all(self, score: Callable[[Tensor], Tensor]) -> Tensor:
        """Scores of all entities; without gradients, features of only some exist at a time."""
        nodes = self.node_emb.weight
        if torch.is_grad_enabled():
            return score(nodes).clamp(max=self.gamma)
        return score_blocks(score, nodes, _BLOCK).clamp_(max=self.gamma)

    def _check(self, **indices: Tensor) -> None:
        check_indices({"rel_type": self.num_relations}, self.num_nodes, **indices)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, kind={self.kind!r})"
