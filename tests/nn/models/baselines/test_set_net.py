import torch

from pyg_symm.nn import LCMAggregation
from pyg_symm.nn.models import BitEmbedding, SetNet
from pyg_symm.testing import assert_batch_independent, assert_invariant


def build():
    torch.manual_seed(0)
    aggr = LCMAggregation(8, 8, op="topk")
    return SetNet(BitEmbedding(6, 8), aggr, torch.nn.Linear(8, 6))


def test_bit_embedding_is_a_sum_over_bits():
    embed = BitEmbedding(4, 3)
    torch.nn.init.normal_(embed.bias)
    out = embed(torch.tensor([[0], [5], [15]]))
    w, b = embed.weight, embed.bias
    torch.testing.assert_close(out, torch.stack([b, b + w[0] + w[2], b + w.sum(0)]))
    assert str(embed) == "BitEmbedding(4, 3)"


def test_set_net_is_invariant_and_batch_independent():
    x, index = torch.randint(64, (20, 1)), torch.randint(4, (20,))
    assert_invariant(build(), x, index)
    assert_batch_independent(build(), x, index)


def test_index_and_boundaries_agree():
    x = torch.randint(64, (5, 1))
    net = build()
    expected = net(x, torch.tensor([0, 0, 2, 2, 2]), dim_size=3)
    torch.testing.assert_close(net(x, ptr=torch.tensor([0, 2, 2, 5])), expected)


def test_reset_reaches_all_parts():
    net = build()
    before = {k: v.clone() for k, v in net.state_dict().items() if v.is_floating_point()}
    net.reset_parameters()
    changed = {k for k, v in net.state_dict().items() if k in before and not v.equal(before[k])}
    assert {"encoder.weight", "aggr.lin.weight", "decoder.weight"} <= changed
