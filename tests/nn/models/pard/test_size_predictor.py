from dataclasses import replace

import torch


def test_repr(make_predictor):
    assert repr(make_predictor()) == (
        "BlockSizePredictor(4, 4, max_size=6, max_degree=5, hidden_channels=16, "
        "edge_channels=8, num_layers=2)"
    )


def test_later_blocks_do_not_leak(graphs, make_predictor):
    model = make_predictor()
    with torch.no_grad():
        plain = model(graphs).size
        late = graphs.block_id >= 2
        other = replace(graphs, node=torch.where(late, 3 - graphs.node, graphs.node))
        new = model(other).size
    assert (new - plain)[:, :2].abs().max() == 0
    assert (new - plain)[:, 2:].abs().max() > 1e-6
