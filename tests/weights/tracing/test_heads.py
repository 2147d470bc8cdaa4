import torch
from pytest import mark
from torch import nn
from torch.nn.functional import batch_norm
from torch_geometric.nn import GATConv, GCNConv, TransformerConv

from pyg_symm.weights import HeadGroup, trace_spec
from pyg_symm.weights.tracing.heads import find_heads, join_heads
from pyg_symm.weights.tracing.terms import Units, frozen

H, C, D = Units(3), Units(4), Units(5)


def term(*factors):
    return (tuple(factors),)


@mark.parametrize(
    "seen, apart",
    [
        ([(frozen(9), term(H), term(C))], True),
        ([(frozen(9), term(H, C))], True),
        ([(term(9, H), term(C), term(C))], True),
        ([(((H, C), (H, C)), frozen(2))], True),
        ([(frozen(9), term(C))], False),
        ([(term(H), term(H), term(C))], False),
        ([(((H,), (D,)), term(C))], False),
        ([(term(H), term(9)), (term(H, C, D),)], True),
        ([(term(H, C), term(H, C))], True),
        ([(term(H, C), term(H), term(C))], False),
        ([(term(H, C, 2, C),)], True),
        ([(term(C, 2, H), term(H))], False),
    ],
)
def test_channels_without_their_heads_are_compared(seen, apart):
    assert find_heads({"w": (term(H, C), frozen(2))}, seen) == ({C: H} if apart else {})


@mark.parametrize(
    "axes",
    [
        (frozen(2), term(C)),
        (term(H), frozen(2), term(C)),
        (term(C, H),),
        (term(H, 2, C),),
        (((H,), (C,)),),
    ],
)
def test_channels_of_parameters_stand_behind_their_heads(axes):
    state = {"w": (term(H, C), frozen(2)), "v": axes}
    assert find_heads(state, state.values()) == {}


def test_axes_are_joined():
    joined = Units(12)
    for axes, expected in [
        ((term(H, C), term(D)), (term(joined), term(D))),
        ((frozen(1), term(H), frozen(1), term(C)), (frozen(1), term(joined))),
        ((term(D, H), term(C, 9)), (term(D, joined, 9),)),
        ((((H, C), (2,), (H, C)),), (((joined,), (2,), (joined,)),)),
        ((term(H), term(9)), (term(H), term(9))),
    ]:
        assert join_heads(axes, {C: H}, {C: joined}) == expected


class Heads(nn.Module):
    """Values of three heads with four channels, on which something is done."""

    def __init__(self, act):
        super().__init__()
        self.first, self.last, self.act = nn.Linear(5, 12), nn.Linear(12, 2), act
        self.square = nn.Parameter(torch.randn(3, 3))
        self.scale = nn.Parameter(torch.randn(3, 1))

    def forward(self, x):
        h = self.first(x).view(-1, 3, 4)
        return self.last((self.act(self, h) + self.scale * self.square.diagonal().sum()).flatten(1))


@mark.parametrize(
    "act, apart",
    [
        (lambda m, h: h.relu(), True),
        (lambda m, h: h.softmax(2), True),
        (lambda m, h: nn.functional.layer_norm(h, [3, 4]), True),
        (lambda m, h: h - h.mean(2, keepdim=True), True),
        (lambda m, h: h.softmax(1), False),
        (lambda m, h: nn.functional.layer_norm(h.transpose(1, 2), [3]).transpose(1, 2), False),
        (lambda m, h: h - h.mean(1, keepdim=True), False),
        (lambda m, h: batch_norm(h.reshape(-1, 4), None, None, training=True).view_as(h), False),
        (lambda m, h: batch_norm(h.flatten(1), None, None, training=True).view_as(h), True),
        (lambda m, h: m.square @ h, False),
        (lambda m, h: torch.einsum("hk,nkc->nhc", m.square, h), False),
    ],
)
def test_what_mixes_heads(act, apart):
    spec = trace_spec(Heads(act), torch.randn(6, 5))
    if apart:
        assert spec.groups[0].num_heads == 3
        assert set(spec.groups[0].classes) >= {"first", "scale"} and spec.classes["first"] == 12
    else:
        assert spec.groups == () and {3, 4} == set(spec.classes.values())


class TwoLayers(nn.Module):
    def __init__(self, conv, channels):
        super().__init__()
        self.first, self.last = conv, GCNConv(channels, 2)

    def forward(self, x, edge_index):
        return self.last(self.first(x, edge_index).relu(), edge_index)


X, EDGES = torch.randn(8, 5), torch.randint(0, 8, (2, 20))


def test_layers_with_heads():
    spec = trace_spec(TwoLayers(GATConv(5, 4, heads=3), 12), X, EDGES)
    assert spec.groups == (HeadGroup(3, ("first.lin",)),) and spec.classes == {"first.lin": 12}
    assert len(spec.axes["first.att_src"]) == 2  # Heads and channels are one axis.
    spec = trace_spec(TwoLayers(TransformerConv(5, 4, heads=3), 12), X, EDGES)
    assert spec.groups == (HeadGroup(3, ("first.lin_key", "first.lin_value")),)


def test_heads_that_are_averaged_share_their_channels():
    spec = trace_spec(TwoLayers(GATConv(5, 4, heads=3, concat=False), 4), X, EDGES)
    assert spec.groups == () and sorted(spec.classes.values()) == [3, 4]


def test_attention():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.MultiheadAttention(12, 3, batch_first=True)
            self.last = nn.Linear(12, 2)

        def forward(self, x):
            return self.last(self.inner(x, x, x)[0])

    spec = trace_spec(Attention(), torch.randn(2, 7, 12))
    assert spec.groups == (HeadGroup(3, ("inner", "inner.1")),)
    assert spec.classes == {"inner": 12, "inner.1": 12, "inner.out_proj": 12}
