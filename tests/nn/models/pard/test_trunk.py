"""Exactness of the block-causal networks, in both precisions."""

from dataclasses import replace

import pytest
import torch

from pyg_symm.graphs import BlockGraphs
from pyg_symm.nn.models import BlockTrunk

VARIANTS = [
    {},
    {"norm": "rms", "relative_code": False},
    {"norm": "batch", "norm_residual": "normed"},
    {"products": False, "block_code": False},
    {"attention": False, "scale_products": False},
]


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_one_block_at_a_time_gives_the_logits_of_all_at_once(
    tol, graphs, kwargs, make_denoiser, noisy_inputs, replay
):
    model = make_denoiser(**kwargs)
    node, edge, time = noisy_inputs(graphs)
    with torch.no_grad():
        node_logits, edge_logits = model(graphs, node, edge, time)
        for _, _, cut, block, mask, there, places, _ in replay(model, graphs, (node, edge), time):
            rows, place, others = places
            one_node, one_edge = model.step(cut, block, time)
            expected = edge_logits[rows.unsqueeze(2), place.unsqueeze(2), others.unsqueeze(1)]
            assert (one_node - node_logits[rows, place])[mask].abs().amax() < tol
            assert (one_edge - expected)[there].abs().sum() < 10 * tol


def test_float32_agrees_too(graphs, make_denoiser, noisy_inputs, replay):
    model = make_denoiser().float()
    node, edge, time = noisy_inputs(graphs)
    time = time.float()
    with torch.no_grad():
        node_logits, _ = model(graphs, node, edge, time)
        for _, _, cut, block, mask, _, (rows, place, _), _ in replay(
            model, graphs, (node, edge), time
        ):
            one_node, _ = model.step(cut, block, time)
            assert (one_node - node_logits[rows, place])[mask].abs().amax() < 1e-5


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_later_blocks_do_not_leak(graphs, kwargs, make_denoiser, noisy_inputs):
    model = make_denoiser(**kwargs)
    node, edge, time = noisy_inputs(graphs)
    with torch.no_grad():
        logits, pair_logits = model(graphs, node, edge, time)
        for k in range(1, graphs.block_size.size(1)):
            late = graphs.block_id >= k
            late_pair = late.unsqueeze(1) | late.unsqueeze(2)
            other = replace(
                graphs,
                node=torch.where(late, 3 - graphs.node, graphs.node),
                edge=torch.where(late_pair, 3 - graphs.edge, graphs.edge),
            )
            changed = (torch.where(late, 3 - node, node), torch.where(late_pair, 3 - edge, edge))
            new, new_pair = model(other, *changed, time)
            early = graphs.mask & ~late
            assert (new - logits)[early].abs().max() == 0
            early_pair = early.unsqueeze(1) & early.unsqueeze(2)
            assert (new_pair - pair_logits)[early_pair].abs().max() == 0


def test_a_block_does_not_see_its_own_solution_but_does_see_earlier_blocks(
    graphs, make_denoiser, noisy_inputs
):
    model = make_denoiser()
    node, edge, time = noisy_inputs(graphs)

    def logits_with(block):
        changed = graphs.block_id == block
        clean = replace(graphs, node=torch.where(changed, 3 - graphs.node, graphs.node))
        with torch.no_grad():
            return model(clean, node, edge, time)[0]

    plain = logits_with(99)
    own = graphs.block_id == 1
    assert (logits_with(1) - plain)[own].abs().max() == 0
    assert (logits_with(0) - plain)[own].abs().min(-1).values.max() > 1e-6


def test_no_gradient_flows_back_from_later_blocks(graphs, make_denoiser, noisy_inputs):
    model = make_denoiser()
    node, edge, time = noisy_inputs(graphs)
    table = model.trunk.node_emb
    seen = {}

    def keep(module, args, out):
        out.retain_grad()
        seen["out"] = out

    handle = table.register_forward_hook(keep)
    logits, _ = model(graphs, node, edge, time)
    handle.remove()
    early = graphs.block_id == 1
    logits[early].square().sum().backward()
    grad = seen["out"].grad.abs().sum(-1)  # (B, 2, N): finished and noisy nodes.
    later = graphs.block_id > 1
    assert grad[:, 0][later].max() == 0 and grad[:, 1][later].max() == 0
    assert grad[:, 0][early].max() == 0  # Not from the block's own solution either.
    assert grad[:, 0][(graphs.block_id == 0) & early.any(1, keepdim=True)].min() > 0


@pytest.mark.parametrize("kwargs", VARIANTS)
def test_equivariant_within_blocks_and_independent_of_padding_and_batch(
    tol, graphs, kwargs, make_denoiser, noisy_inputs
):
    model = make_denoiser(**kwargs)
    node, edge, time = noisy_inputs(graphs)
    torch.manual_seed(5)
    # A random order within blocks, which keeps blocks and padding where they are.
    key = torch.where(graphs.mask, graphs.block_id, 99) + torch.rand(graphs.node.shape) * 0.9
    perm = key.argsort(1)
    rows = torch.arange(graphs.num_graphs).unsqueeze(1)

    def moved(pairs):
        return pairs[rows.unsqueeze(2), perm.unsqueeze(2), perm.unsqueeze(1)]

    other = BlockGraphs(
        graphs.node[rows, perm],
        moved(graphs.edge),
        graphs.block_id,
        graphs.block_size,
        graphs.block_degree,
    )
    with torch.no_grad():
        logits, pair_logits = model(graphs, node, edge, time)
        new, new_pair = model(other, node[rows, perm], moved(edge), time)
        there = graphs.mask.unsqueeze(1) & graphs.mask.unsqueeze(2)
        assert (new - logits[rows, perm])[graphs.mask].abs().max() < tol
        assert (new_pair - moved(pair_logits))[there].abs().max() < tol
        # Alone, the graph of five nodes has no padding.
        alone = BlockGraphs.from_dense(
            graphs.node[:1, :5], graphs.edge[:1, :5, :5], graphs.block_id[:1, :5]
        )
        single, single_pair = model(alone, node[:1, :5], edge[:1, :5, :5], time[:1])
        assert (single - logits[:1, :5]).abs().max() < tol
        assert (single_pair - pair_logits[:1, :5, :5]).abs().max() < tol


def test_logits_of_pairs_are_symmetric_and_of_any_padding_finite(
    graphs, make_denoiser, noisy_inputs
):
    model = make_denoiser()
    logits, pair_logits = model(graphs, *noisy_inputs(graphs))
    torch.testing.assert_close(pair_logits, pair_logits.transpose(1, 2))
    assert logits.isfinite().all() and pair_logits.isfinite().all()


def test_predictor_appended_blocks_give_the_logits_of_all_at_once(
    tol, graphs, make_predictor, replay
):
    model = make_predictor()
    with torch.no_grad():
        logits = model(graphs)
        state = torch.zeros(graphs.num_graphs, 16)
        steps = replay(model, graphs, (graphs.node, graphs.edge), None)
        for i, _, cut, block, mask, *_ in steps:
            pooled = model.head.pooling(model.append(cut, block).features)
            state = state + torch.where(mask.unsqueeze(2), pooled, 0).sum(1)
            there = mask.any(1)
            assert (model.head.size(state) - logits.size[:, i])[there].abs().max() < tol
            if i + 1 < graphs.block_size.size(1):
                following = graphs.block_size[:, i + 1]
                degree = model.head.degree(state, following) - logits.degree[:, i]
                assert degree[there].abs().max() < tol


@pytest.mark.parametrize("name", ["hidden_channels", "edge_channels", "num_layers"])
def test_sizes_must_be_positive(name):
    with pytest.raises(ValueError, match=f"'{name}' must be positive .got 0"):
        BlockTrunk(4, 4, **{name: 0})
