import torch

from pyg_symm.nn.models import Block


def test_places_in_a_cache_can_be_taken_again(tol, graphs, make_denoiser, noisy_inputs, replay):
    model = make_denoiser()
    node, edge, time = noisy_inputs(graphs)
    with torch.no_grad():
        *_, (_, _, _, _, _, _, _, prefix) = replay(model, graphs, (node, edge), time)
        prefix.clear(torch.arange(graphs.num_graphs))
        fresh = model.start(graphs.num_graphs, graphs.node.size(1))
        mask = torch.ones(graphs.num_graphs, 2, dtype=torch.bool)
        zeros = torch.zeros(graphs.num_graphs, 2, dtype=torch.long)
        pair = zeros.new_zeros(graphs.num_graphs, 2, prefix.size + 3)
        block = Block(zeros, pair, mask, zeros[:, 0])
        for used, new in zip(
            model.step(prefix, block, time), model.step(fresh, block, time), strict=True
        ):
            assert (used - new)[:, :, -2:].abs().max() < tol
