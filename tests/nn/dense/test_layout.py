import torch

from pyg_symm.nn.dense import BlockLayout, PrefixLayout


def test_existing_pairs_are_those_of_the_planes(inputs, doubled, unfold):
    *_, layout = inputs
    seen = doubled
    ones = layout.pair.unsqueeze(-1).expand(-1, 2, -1, -1, -1)
    assert torch.equal(unfold(ones).squeeze(-1) > 0, seen | seen.mT)


def test_outer_sums_the_terms_of_both_ends(inputs, blocks):
    *_, layout = inputs
    row, col = torch.randn(2, 2, 2, 7, 3).unbind(0)
    out = layout.outer(row, col)
    for b, i, j in (blocks.unsqueeze(1).expand(2, 7, 7) >= 0).nonzero().tolist():
        torch.testing.assert_close(out[b, 0, i, j], row[b, 0, i] + col[b, 0, j])
        if blocks[b, i] >= 0:
            first, second = int(blocks[b, i] >= blocks[b, j]), int(blocks[b, j] >= blocks[b, i])
            torch.testing.assert_close(out[b, 1, i, j], row[b, first, i] + col[b, second, j])
    torch.testing.assert_close(layout.outer(row[:, :1], col[:, :1]), out[:, :1])


def test_gradients_of_sums_of_both_ends():
    layout = BlockLayout.of(torch.tensor([[0, 0, 1, 2], [0, 1, -1, -1]]))
    ends = torch.randn(2, 2, 2, 4, 3, dtype=torch.double, requires_grad=True).unbind(0)
    assert torch.autograd.gradcheck(layout.outer_noisy, ends)


PREFIX = torch.tensor([[True, True, False], [True, False, False]])
BLOCK = torch.tensor([[True, True], [True, False]])


def test_masks_of_a_block_behind_a_prefix():
    layout = PrefixLayout.of(PREFIX, BLOCK)
    assert layout.num_seen.view(-1).tolist() == [4, 2]
    assert layout.seen.int().tolist() == [
        [[1, 1, 0, 1, 1], [1, 1, 0, 1, 1]],
        [[1, 0, 0, 1, 0], [0, 0, 0, 0, 0]],
    ]
    incoming, outgoing, own = layout.split(layout.pair)
    assert torch.equal(incoming, outgoing) and own.shape == (2, 2, 2)


def test_directions_of_pairs_behind_a_prefix():
    layout = PrefixLayout.of(PREFIX, BLOCK)
    row, col = torch.randn(2, 2, 2, 4).unbind(0)
    prefix_row, prefix_col = torch.randn(2, 2, 3, 4).unbind(0)
    pair = layout.outer(row, col, prefix_row, prefix_col)
    incoming, outgoing, own = layout.split(pair)
    for b in range(2):
        for i in range(2):
            for k in range(3):
                torch.testing.assert_close(incoming[b, i, k], prefix_row[b, k] + col[b, i])
                torch.testing.assert_close(outgoing[b, i, k], row[b, i] + prefix_col[b, k])
            for k in range(2):
                torch.testing.assert_close(own[b, i, k], row[b, i] + col[b, k])
    there = layout.outer(col, row, prefix_col, prefix_row)
    torch.testing.assert_close(layout.flip(pair), there)
    torch.testing.assert_close(layout.fold(pair), layout.outgoing(pair + there))
