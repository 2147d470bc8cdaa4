import torch

from pyg_symm.nn.dense.attention_masks import AttentionMasks


def test_planes_of_what_pairs_and_nodes_read(inputs, blocks):
    *_, layout = inputs
    mask = AttentionMasks.of(layout, 2, torch.float)
    batch, n = blocks.shape
    rows = mask.ends.view(batch, 2, n, n, 2)
    for b in range(batch):
        for i in range(n):
            for j in range(n):
                there = min(blocks[b, i], blocks[b, j]) >= 0
                noisy = [there and bool(blocks[b, x] >= blocks[b, y]) for x, y in ((i, j), (j, i))]
                finished = [2 * (2 * b * n + i), 2 * (2 * b * n + j) + 1]
                assert rows[b, 0, i, j].tolist() == finished
                both = [finished[0] + 2 * n * noisy[0], finished[1] + 2 * n * noisy[1]]
                assert rows[b, 1, i, j].tolist() == both
                same = there and bool(blocks[b, i] == blocks[b, j])
                later = there and bool(blocks[b, i] > blocks[b, j])
                assert mask.reads[b, 0, :, i, :, j].tolist() == [[noisy[0], 0], [later, same]]
                assert mask.own[b, :, i, 0, j].tolist() == [False, same]


def test_one_plane_is_read_alone(inputs, blocks):
    *_, layout = inputs
    mask = AttentionMasks.of(layout, 1, torch.float)
    n = blocks.size(1)
    assert mask.reads.shape == (2, 1, 1, n, 1, n) and not mask.own.any()
    assert mask.reads[:, 0, 0, :, 0].bool().equal(layout.seen[:, 0])
    assert mask.rows.eq(1).all()
