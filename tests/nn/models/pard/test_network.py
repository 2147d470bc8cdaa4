import torch

from pyg_symm.nn.models import Block


def test_graphs_grow_from_nothing(make_denoiser, make_predictor):
    node = torch.tensor([[1, 2], [0, 0]])
    mask = torch.tensor([[True, True], [True, False]])
    edge = torch.zeros(2, 2, 2, dtype=torch.long)
    for network in (make_denoiser(), make_predictor()):
        prefix = network.start(2, 3)
        assert prefix.size == 3 and prefix.count.tolist() == [0, 0]
        grown = network.append(prefix.cut(0), Block(node, edge, mask, torch.tensor([1, 0])))
        assert grown.ends.shape == (2, 2, network.end_channels)
        prefix.append(grown.layers, grown.ends, mask)
        assert prefix.count.tolist() == [2, 1]
        assert prefix.block_id[:, :3].tolist() == [[0, 0, -1], [0, -1, -1]]


def test_reset_draws_the_trunk_and_the_head_anew(make_denoiser):
    model = make_denoiser()
    before = {name: p.clone() for name, p in model.named_parameters() if p.dim() > 1}
    torch.manual_seed(1)
    model.reset_parameters()
    assert all(not torch.equal(before[name], model.get_parameter(name)) for name in before)
