import torch


def test_all_parameters_learn_and_are_saved(graphs, make_denoiser, noisy_inputs):
    model = make_denoiser(norm="rms")
    logits, pair_logits = model(graphs, *noisy_inputs(graphs))
    (logits.square().sum() + pair_logits.square().sum()).backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    # Attention logits are unmoved by a constant: their bias cancels.
    assert all("lin_weight.bias" in name or "edge_mlp" in name for name in silent), silent
    other = make_denoiser(seed=1, norm="rms")
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(graphs, *noisy_inputs(graphs))[0], logits)


def test_bfloat16_autocast_is_close(graphs, make_denoiser, noisy_inputs):
    model = make_denoiser().float()
    node, edge, time = noisy_inputs(graphs)
    plain, _ = model(graphs, node, edge, time.float())
    with torch.autocast("cpu", torch.bfloat16):
        low, _ = model(graphs, node, edge, time.float())
    assert low.isfinite().all()
    assert (low.float() - plain)[graphs.mask].abs().max() < 0.1


def test_compiles_without_breaks(graphs, make_denoiser, noisy_inputs):
    model = make_denoiser().float()
    inputs = [v.float() if v.is_floating_point() else v for v in noisy_inputs(graphs)]
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(graphs, *inputs), model(graphs, *inputs))


def test_repr(make_denoiser):
    assert (
        repr(make_denoiser())
        == "BlockDenoiser(4, 4, hidden_channels=16, edge_channels=8, num_layers=2)"
    )
