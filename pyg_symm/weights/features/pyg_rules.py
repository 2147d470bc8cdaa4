r"""Rules for the layers of :mod:`torch_geometric.nn`."""

from collections.abc import Callable
from typing import Any

from torch import nn
from torch_geometric import nn as pyg
from torch_geometric.nn.aggr.utils import MultiheadAttentionBlock
from torch_geometric.nn.pool.select import SelectTopK

from .rules import MergeRule, Refusal, register_merge_rule
from .torch_rules import OVER_UNITS, set_sizes

PRODUCTS = "products of vectors of units sum over units"


def _size(module: Any, dim: int) -> int:
    weight = getattr(module, "weight", None)
    return weight.size(dim) if weight is not None else 0


def _set_in(module: Any, *layers: str) -> None:
    """``in_channels`` of the layers that read the nodes, a pair if it was one."""
    sizes = [_size(getattr(module, name, None), 1) for name in layers]
    if isinstance(module.in_channels, int):
        module.in_channels = sizes[-1] or sizes[0]
    else:
        module.in_channels = tuple(
            new or old for new, old in zip(sizes, module.in_channels, strict=True)
        )


def _linear(module: Any) -> None:
    set_sizes(module, in_channels=module.weight.size(1), out_channels=module.weight.size(0))


def _vectors(module: Any) -> None:
    set_sizes(module, in_channels=len(module.weight))


def _batch_norm(module: Any) -> None:
    set_sizes(module, in_channels=module.module.num_features)


def _gcn(module: Any) -> None:
    _linear_like(module, module.lin)


def _linear_like(module: Any, lin: Any) -> None:
    set_sizes(module, in_channels=_size(lin, 1), out_channels=_size(lin, 0))


def _stack(module: Any) -> None:
    _linear_like(module, module.lins[0])


def _graph_conv(module: Any) -> None:
    _set_in(module, "lin_rel", "lin_root")
    module.out_channels = _size(module.lin_rel, 0)


def _sage(module: Any) -> None:
    project = isinstance(getattr(module, "lin", None), nn.Module)
    source = "lin" if project else "lin_l"
    if module.root_weight:
        _set_in(module, source, "lin_r")
    elif isinstance(module.in_channels, int):
        _set_in(module, source)
    module.out_channels = _size(module.lin_l, 0)


def _refuse_sage(module: Any) -> list[Refusal]:
    if not module.normalize:
        return []
    return [("lin_?.*", 0, "the lengths of the outputs are normalized, which counts copies")]


def _gat(module: Any) -> None:
    if module.lin is not None:
        _set_in(module, "lin")
    else:
        _set_in(module, "lin_src", "lin_dst")
    module.out_channels = module.att_src.size(-1)


def _gat_v2(module: Any) -> None:
    _set_in(module, "lin_l", "lin_r")
    module.out_channels = module.att.size(-1)


def _gated(module: Any) -> None:
    _set_in(module, "lin_value", "lin_key")
    module.out_channels = _size(module.lin_value, 0)


def _rgcn(module: Any) -> None:
    module.in_channels_l, module.out_channels = module.weight.shape[-2:]
    if isinstance(module.in_channels, int):
        module.in_channels = module.in_channels_l
    else:
        right = module.root.size(0) if module.root is not None else module.in_channels[1]
        module.in_channels = (module.in_channels_l, right)
    if module.num_bases is not None:
        module.num_bases = module.weight.size(0)


def _refuse_rgcn(module: Any) -> list[Refusal]:
    return [] if module.num_blocks is None else [("*", None, "blocks must keep equal sizes")]


def _pna(module: Any) -> None:
    copies = 2 if module.edge_dim is None else 3
    module.in_channels = module.F_in = module.pre_nns[0][0].weight.size(1) // copies
    module.F_out = _size(module.post_nns[0][-1], 0)
    module.out_channels = _size(module.lin, 0)


def _refuse_pna(module: Any) -> list[Refusal]:
    if module.towers > 1:
        return [("*", None, "towers must keep equal sizes")]
    if module.edge_dim is None:
        return []
    reason = "features of nodes and edges must keep equal sizes"
    return [("edge_encoder.*", 0, reason), ("pre_nns.0.0.weight", 1, reason)]


def _channels(module: Any) -> None:
    for vector in module.parameters():
        module.channels = len(vector)


def _knowledge(module: Any) -> None:
    if module.lstm is not None:
        module.channels = module.lstm.input_size


def _mlp(module: Any) -> None:
    if len(module.lins):
        module.channel_list = [_size(module.lins[0], 1), *(_size(lin, 0) for lin in module.lins)]


def _refuse(*patterns: str, reason: str = PRODUCTS) -> Callable[[Any], list[Refusal]]:
    return lambda module: [(pattern, None, reason) for pattern in patterns]


def _refuse_transformer(module: Any) -> list[Refusal]:
    names = ("lin_key", "lin_query", "lin_edge", "lin_value", "lin_skip")
    return [(f"{name}.*", 0, PRODUCTS) for name in names]


BIAS = {"bias": ("in",)}
HEADS = {"att*": ("keep", "keep", "out"), "bias": ("in",)}
MATRIX = {"weight": ("in", "out"), "bias": ("in",)}
register_merge_rule(pyg.Linear, rule=MergeRule(MATRIX, _linear))
register_merge_rule(pyg.BatchNorm, rule=MergeRule({}, _batch_norm))
register_merge_rule(pyg.GraphNorm, rule=MergeRule({"*": ("in",)}, _vectors))
register_merge_rule(
    pyg.LayerNorm,
    rule=MergeRule({"*": ("in",)}, refuse=_refuse("*", reason=OVER_UNITS)),
)
register_merge_rule(pyg.GCNConv, rule=MergeRule(BIAS, _gcn))
register_merge_rule(pyg.SGConv, rule=MergeRule({}, _gcn))
register_merge_rule(pyg.ChebConv, pyg.TAGConv, rule=MergeRule(BIAS, _stack))
register_merge_rule(pyg.GraphConv, rule=MergeRule({}, _graph_conv))
register_merge_rule(pyg.SAGEConv, rule=MergeRule({}, _sage, _refuse_sage))
register_merge_rule(pyg.GINConv, pyg.GINEConv, rule=MergeRule({"eps": ()}))
register_merge_rule(pyg.GATConv, rule=MergeRule(HEADS, _gat))
register_merge_rule(pyg.GATv2Conv, rule=MergeRule(HEADS, _gat_v2))
register_merge_rule(pyg.ResGatedGraphConv, rule=MergeRule(BIAS, _gated))
register_merge_rule(
    pyg.RGCNConv,
    rule=MergeRule(
        {"weight": ("in", "out", "in"), "root": ("out", "in"), "comp": ("keep", "out"), **BIAS},
        _rgcn,
        _refuse_rgcn,
    ),
)
register_merge_rule(pyg.PNAConv, rule=MergeRule({}, _pna, _refuse_pna))
register_merge_rule(
    pyg.GCN2Conv,
    rule=MergeRule({"weight?": ("out", "in")}, lambda m: set_sizes(m, channels=m.weight1.size(0))),
)
register_merge_rule(
    pyg.GatedGraphConv,
    rule=MergeRule(
        {"weight": ("keep", "out", "in")}, lambda m: set_sizes(m, out_channels=m.weight.size(1))
    ),
)
register_merge_rule(pyg.TransformerConv, rule=MergeRule({}, refuse=_refuse_transformer))
register_merge_rule(pyg.JumpingKnowledge, rule=MergeRule({}, _knowledge))
register_merge_rule(pyg.MLP, rule=MergeRule({}, _mlp))
register_merge_rule(
    *(pyg.aggr.SoftmaxAggregation, pyg.aggr.PowerMeanAggregation),
    rule=MergeRule({"*": ("in",)}, _channels),
)
register_merge_rule(
    pyg.aggr.Set2Set, MultiheadAttentionBlock, rule=MergeRule({}, refuse=_refuse("*"))
)
register_merge_rule(
    SelectTopK,
    rule=MergeRule(
        {"weight": ("keep", "out")},
        refuse=_refuse("*", reason="the length of the weights is normalized, which counts copies"),
    ),
)
