import torch

from pyg_symm.nn.models.pard import Features, MonotoneGate, NodePooling


def test_gate_is_increasing_and_between_zero_and_one():
    for seed in range(5):
        torch.manual_seed(seed)
        value = MonotoneGate(16)(torch.linspace(0, 1, 50))
        assert (value.diff() > 0).all() and value.min() > 0 and value.max() < 1


def test_pooling_is_its_formula(tol, graphs, make_denoiser, noisy_inputs):
    model = make_denoiser()
    features = model.features(graphs, *noisy_inputs(graphs))
    x, e, _ = features
    pooling = NodePooling(x.size(-1), e.size(-1))
    pooled = pooling(features)
    assert isinstance(features, Features)
    for b in range(x.size(0)):
        for plane in range(x.size(1)):
            for p in range(int(graphs.mask[b].sum())):
                # A node sees the blocks up to its own.
                seen = [k for k in range(p) if graphs.mask[b, k]]
                seen += [
                    k
                    for k in range(p, x.size(2))
                    if graphs.mask[b, k] and graphs.block_id[b, k] <= graphs.block_id[b, p]
                ]
                own = e[b, plane]
                mean = torch.stack([(own[p, k] + own[k, p]) / 2 for k in seen]).mean(0)
                expected = pooling.lin(torch.cat([own[p, p], mean, x[b, plane, p]]))
                assert torch.allclose(
                    pooled[b, plane, p], torch.nn.functional.silu(expected), atol=tol
                )
