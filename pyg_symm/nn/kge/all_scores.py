"""Scores of all entities under PyG's own models, without a copy of the query for each entity."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad
from torch_geometric.nn.kge import ComplEx, DistMult, KGEModel, RotatE, TransE

# Kernels of matrix products take 4 to 64 rows at once, and treat what is left in another way.
_ROWS = 192

Scorer = Callable[[Any, Tensor, Tensor], Tensor]


def score_all_tails(model: KGEModel, head_index: Tensor, rel_type: Tensor) -> Tensor | None:
    r"""Scores all entities as tails.

    Args:
        model (KGEModel): A model that has ``score_tails``, or one of PyG's: TransE, DistMult,
            ComplEx or RotatE.
        head_index (torch.Tensor): The heads :math:`(B)`.
        rel_type (torch.Tensor): The relations :math:`(B)`.

    Returns:
        torch.Tensor: Scores :math:`(B, N)`, or :obj:`None` for other models.
    """
    own = getattr(model, "score_tails", None)
    if own is not None:
        return own(head_index, rel_type)
    score = _TAILS.get(type(model))
    return None if score is None else score(model, head_index, rel_type)


def score_all_heads(model: KGEModel, rel_type: Tensor, tail_index: Tensor) -> Tensor | None:
    r"""Scores all entities as heads, as :func:`score_all_tails`.

    Args:
        model (KGEModel): A model that has ``score_heads``, or one of PyG's.
        rel_type (torch.Tensor): The relations :math:`(B)`.
        tail_index (torch.Tensor): The tails :math:`(B)`.

    Returns:
        torch.Tensor: Scores :math:`(B, N)`, or :obj:`None` for other models.
    """
    own = getattr(model, "score_heads", None)
    if own is not None:
        return own(rel_type, tail_index)
    score = _HEADS.get(type(model))
    return None if score is None else score(model, rel_type, tail_index)


def pad_rows(table: Tensor) -> Tensor:
    r"""Adds rows of zeros, up to a multiple of 192.

    A product with the result then rounds all rows alike: entities with equal rows have equal
    scores, and tie.

    Args:
        table (torch.Tensor): Rows of entities :math:`(N, F)`.
    """
    missing = -table.size(0) % _ROWS
    return pad(table, (0, 0, 0, missing)) if missing else table


def score_blocks(score: Callable[[Tensor], Tensor], table: Tensor, size: int) -> Tensor:
    r"""Scores of all entities, with the features of only some of them at a time.

    Args:
        score (Callable): From rows of entities :math:`(n, F)` to scores :math:`(B, n)`.
        table (torch.Tensor): Rows of all entities :math:`(N, F)`.
        size (int): The most numbers in the rows of a block, or those of one row.
    """
    blocks = table.split(max(1, size // table.size(1)))
    parts = [score(pad_rows(block))[:, : len(block)] for block in blocks]
    return torch.cat(parts, dim=1)


def _product(query: Tensor, table: Tensor) -> Tensor:
    return (query @ pad_rows(table).t())[:, : table.size(0)]


def _distances(points: Tensor, others: Tensor, p: float) -> Tensor:
    # Differences first: entities at equal distances must have equal scores.
    return torch.cdist(points, others, p=p, compute_mode="donot_use_mm_for_euclid_dist")


def _trans_e_tails(model: Any, head: Tensor, rel: Tensor) -> Tensor:
    nodes = normalize(model.node_emb.weight, p=model.p_norm, dim=-1)
    return -_distances(nodes[head] + model.rel_emb(rel), nodes, model.p_norm)


def _trans_e_heads(model: Any, rel: Tensor, tail: Tensor) -> Tensor:
    nodes = normalize(model.node_emb.weight, p=model.p_norm, dim=-1)
    return -_distances(nodes[tail] - model.rel_emb(rel), nodes, model.p_norm)


def _dist_mult(model: Any, known: Tensor, rel: Tensor) -> Tensor:
    return _product(model.node_emb(known) * model.rel_emb(rel), model.node_emb.weight)


def _parts(model: Any, index: Tensor) -> tuple[Tensor, Tensor]:
    return model.node_emb(index), model.node_emb_im(index)


def _complex(model: Any, known: Tensor, rel: Tensor, sign: int) -> Tensor:
    (re, im), rel_re = _parts(model, known), model.rel_emb(rel)
    rel_im = sign * model.rel_emb_im(rel)
    real = _product(re * rel_re - im * rel_im, model.node_emb.weight)
    return real + _product(re * rel_im + im * rel_re, model.node_emb_im.weight)


def _rotate(model: Any, known: Tensor, rel: Tensor, sign: int) -> Tensor:
    (re, im), angle = _parts(model, known), sign * model.rel_emb(rel)
    cos, sin = angle.cos(), angle.sin()
    turned = torch.cat([cos * re - sin * im, cos * im + sin * re], dim=-1)
    nodes = torch.cat([model.node_emb.weight, model.node_emb_im.weight], dim=-1)
    return model.margin - _distances(turned, nodes, 2.0)


# A rotation back is the same distance, and the product of ComplEx conjugates its last factor.
_TAILS: dict[type, Scorer] = {
    TransE: _trans_e_tails,
    DistMult: _dist_mult,
    ComplEx: lambda model, head, rel: _complex(model, head, rel, 1),
    RotatE: lambda model, head, rel: _rotate(model, head, rel, 1),
}
_HEADS: dict[type, Scorer] = {
    TransE: _trans_e_heads,
    DistMult: lambda model, rel, tail: _dist_mult(model, tail, rel),
    ComplEx: lambda model, rel, tail: _complex(model, tail, rel, -1),
    RotatE: lambda model, rel, tail: _rotate(model, tail, rel, -1),
}
