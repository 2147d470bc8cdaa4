import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch_geometric.nn.kge import KGEModel

from pyg_symm.nn.kge import NFE, AffineFlow, PiecewiseLinearFlow
from pyg_symm.nn.kge import nfe as module
from pyg_symm.nn.kge.kinds import KINDS
from pyg_symm.testing import assert_layer_contract

N, R, D = 23, 4, 6
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-9}


def build(kind="nfe1", scale=8.0, **kwargs):
    torch.manual_seed(1)
    model = NFE(N, R, D, kind=kind, gamma=2.0, **kwargs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= scale
    return model


def triples(num=9):
    generator = torch.Generator().manual_seed(2)
    return tuple(torch.randint(size, (num,), generator=generator) for size in (N, R, N))


@pytest.fixture(params=list(KINDS))
def kind(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["inverse", "direct"])
def inverse(request):
    return request.param


def test_repr_and_tables(kind):
    model = build(kind)
    assert isinstance(model, KGEModel)
    assert str(model) == f"NFE({N}, num_relations={R}, hidden_channels={D}, kind='{kind}')"
    width = 3 if kind == "nfe2" else 2
    assert model.node_emb.weight.shape == (N, width * D)
    assert model.rel_emb.weight.shape == (2 * R, 2 * D)
    assert build(kind, inverse_relations=False).rel_emb.weight.shape == (R, 2 * D)
    assert NFE(np.int64(5), np.int32(2), 3, kind=kind).rel_emb.weight.shape == (4, 6)
    model.reset_parameters()
    assert model.node_emb.weight.abs().max() <= 0.1


def test_all_scores_are_those_of_triples(kind, inverse, dtype):
    model = build(kind, inverse_relations=inverse)
    head, rel, tail = triples()
    tails, heads = model.score_tails(head, rel), model.score_heads(rel, tail)
    assert tails.shape == heads.shape == (9, N)
    close = {"atol": TOLERANCE[dtype], "rtol": 0}
    for node in range(N):
        nodes = torch.full_like(head, node)
        torch.testing.assert_close(model(head, rel, nodes), tails[:, node], **close)
        if inverse:
            expected = model._scores(tail, rel + R, nodes)
            torch.testing.assert_close(expected, heads[:, node], **close)
        if not inverse:
            torch.testing.assert_close(model(nodes, rel, tail), heads[:, node], **close)


def test_inverse_relations_have_rows_of_their_own(dtype):
    model = build()
    _, rel, tail = triples()
    swapped = build()
    with torch.no_grad():
        swapped.rel_emb.weight.copy_(model.rel_emb.weight.roll(R, dims=0))
    torch.testing.assert_close(model.score_heads(rel, tail), swapped.score_tails(tail, rel))


def test_scores_are_distances_of_flows(kind, dtype):
    if kind in ("mu", "sigma"):
        return
    model = build(kind)
    head, rel, tail = triples()
    if kind == "nfe3":
        mu, _ = model.rel_emb(rel).chunk(2, dim=-1)
        scale = model.rel_emb(rel)[:, D:]
        one, two = model.flow(head), model.flow(tail)
        image = AffineFlow(scale * one.mu + mu, F.softplus(scale) * one.sigma)
        distance = image.kl(two)
        with pytest.raises(ValueError, match="'kind' must not be 'nfe3'"):
            model.relation_flow(rel)
    else:
        image = model.relation_flow(rel).compose(model.flow(head))
        assert isinstance(image, PiecewiseLinearFlow if kind == "nfe2" else AffineFlow)
        distance = image.squared_w2(model.flow(tail))
    close = {"atol": TOLERANCE[dtype], "rtol": 0}
    torch.testing.assert_close(model(head, rel, tail), model.gamma - distance, **close)


def test_sign_aware_matters_for_negative_scales_only(float64):
    aware, published = build("nfe2"), build("nfe2", sign_aware=False)
    triple = triples()
    assert not torch.allclose(aware(*triple), published(*triple))
    with torch.no_grad():
        for model in (aware, published):
            model.rel_emb.weight.abs_()
    torch.testing.assert_close(aware(*triple), published(*triple))


def test_without_spread_and_scale_it_is_a_translation(float64):
    model = build()
    with torch.no_grad():
        model.node_emb.weight[:, D:] = 0
        model.rel_emb.weight[:, D:] = 1
    head, rel, tail = triples()
    mu, shift = model.node_emb.weight[:, :D], model.rel_emb.weight[:, :D]
    expected = model.gamma - (mu[head] + shift[rel] - mu[tail]).square().sum(dim=-1)
    torch.testing.assert_close(model(head, rel, tail), expected)


def test_relabelled_entities_permute_scores(kind, inverse, float64):
    model, moved = build(kind, inverse_relations=inverse), build(kind, inverse_relations=inverse)
    order = torch.randperm(N)
    with torch.no_grad():
        moved.node_emb.weight.copy_(model.node_emb.weight[order])
    place = order.argsort()
    head, rel, tail = triples()
    expected = model.score_tails(head, rel)[:, order]
    torch.testing.assert_close(moved.score_tails(place[head], rel), expected)
    expected = model.score_heads(rel, tail)[:, order]
    torch.testing.assert_close(moved.score_heads(rel, place[tail]), expected)


def test_loss_is_the_mean_of_both_dense_losses(kind, inverse, dtype):
    model = build(kind, inverse_relations=inverse)
    head, rel, tail = triples()
    expected = 0.0
    for scores, target in [
        (model.score_tails(head, rel), tail),
        (model.score_heads(rel, tail), head),
    ]:
        one_hot = F.one_hot(target, N).to(dtype)
        dense = F.binary_cross_entropy_with_logits(scores, one_hot, reduction="none")
        expected += dense.sum(dim=1).mean() / 2
    torch.testing.assert_close(model.loss(head, rel, tail), expected, atol=1e-5, rtol=1e-5)


def test_gradients_are_those_of_differences(kind, inverse, float64):
    model = build(kind, inverse_relations=inverse)
    triple = triples(4)
    model.forward = model.loss  # What a functional call calls.
    names = [name for name, _ in model.named_parameters()]

    def loss(*tables):
        return torch.func.functional_call(model, dict(zip(names, tables, strict=True)), triple)

    tables = [p.detach().clone().requires_grad_() for p in model.parameters()]
    assert torch.autograd.gradcheck(loss, tables, fast_mode=True)


def test_gradients_are_finite_without_spread(kind, dtype):
    model = build(kind)
    with torch.no_grad():
        model.node_emb.weight[:, D:] = 0
        model.rel_emb.weight[:, D:] = 0
    model.loss(*triples()).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("loss", ["sampled", "self_adversarial"])
def test_drawn_entities(loss, kind, inverse):
    model = build(kind, inverse_relations=inverse, loss=loss, num_negatives=5, sparse=True)
    first, second = (
        model.loss(*triples(), generator=torch.Generator().manual_seed(0)) for _ in range(2)
    )
    assert torch.equal(first, second)
    first.backward()
    for parameter in model.parameters():
        assert parameter.grad.is_sparse
    touched = model.node_emb.weight.grad.coalesce().indices().unique().numel()
    assert touched <= 2 * 9 + 5
    optimizer = torch.optim.SparseAdam(list(model.parameters()), lr=1e-3)
    optimizer.step()


def test_many_drawn_entities_estimate_the_loss(float64):
    whole, drawn = build(), build(loss="sampled", num_negatives=20_000)
    generator = torch.Generator().manual_seed(0)
    estimate = drawn.loss(*triples(), generator=generator)
    torch.testing.assert_close(estimate, whole.loss(*triples()), rtol=2e-2, atol=0)


def test_nearest_neighbours_are_the_best_tails(kind, float64):
    if kind == "nfe3":
        return
    model = build(kind)
    head, rel, _ = triples()
    distances = torch.cdist(model.query_features(head, rel), model.entity_features())
    torch.testing.assert_close(model.gamma - distances.square(), model.score_tails(head, rel))


def test_uncertainty(kind, dtype):
    model = build(kind)
    index = torch.tensor([3, 5])
    if kind == "mu":
        with pytest.raises(ValueError, match="'kind' must have spreads"):
            model.uncertainty(index)
        return
    raw = model.node_emb.weight[index, D:]
    spread = F.softplus(raw) if kind == "nfe3" else raw.abs()
    torch.testing.assert_close(model.uncertainty(index), spread.log().mean(dim=1))
    assert model.uncertainty().shape == (N,)


def test_blocks_of_entities(kind, inverse, monkeypatch, float64):
    model = build(kind, inverse_relations=inverse)
    head, rel, tail = triples()
    expected = model.score_tails(head, rel), model.score_heads(rel, tail)
    monkeypatch.setattr(module, "_BLOCK", 40)
    with torch.no_grad():
        torch.testing.assert_close(model.score_tails(head, rel), expected[0])
        torch.testing.assert_close(model.score_heads(rel, tail), expected[1])


def test_contract(kind, dtype):
    assert_layer_contract(build(kind), *triples(40))


def test_compiles(kind, inverse):
    torch._dynamo.reset()
    model = build(kind, inverse_relations=inverse)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*triples()), model(*triples()))


@pytest.mark.parametrize("loss", ["one_vs_all", "k_vs_all"])
def test_loader_and_test_of_pyg(loss):
    model = build(loss=loss)
    head, rel, tail = triples(40)
    loader = model.loader(head, rel, tail, batch_size=8, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    losses = []
    for _ in range(15):
        for batch in loader:
            optimizer.zero_grad()
            loss = model.loss(*batch)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    mean_rank, mrr, hits = model.test(head, rel, tail, batch_size=10, log=False)
    assert mean_rank < N / 2 and 0 < mrr <= 1 and 0 <= hits <= 1


def test_no_triples(inverse):
    none = torch.empty(0, dtype=torch.long)
    model = build(inverse_relations=inverse)
    assert model(none, none, none).shape == (0,)
    assert model.score_tails(none, none).shape == model.score_heads(none, none).shape == (0, N)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_nodes": 0}, "'num_nodes' must be an integer of 1 or more .got 0."),
        ({"num_relations": -1}, "'num_relations' must be an integer of 1 or more .got -1."),
        ({"hidden_channels": 2.5}, "'hidden_channels' must be an integer of 1 or more .got 2.5."),
        ({"kind": "nfe4"}, "'kind' must be one of .* .got 'nfe4'."),
        ({"gamma": float("nan")}, "'gamma' must be finite .got nan."),
        ({"base": "cauchy"}, "'base' must be one of .* .got 'cauchy'."),
        ({"loss": "margin"}, "'loss' must be one of .* .got 'margin'."),
        ({"num_negatives": 5}, "'loss' must be one of .* for num_negatives=5"),
        ({"sparse": True}, "'loss' must be one of .* for sparse=True"),
        ({"loss": "k_vs_all", "sparse": True}, "'loss' must be one of .* for sparse=True"),
        (
            {"loss": "k_vs_all", "inverse_relations": False},
            "'inverse_relations' must be True for loss='k_vs_all' .got False.",
        ),
        ({"loss": "sampled", "num_negatives": 0}, "'num_negatives' must be an integer of 1"),
    ],
)
def test_wrong_arguments(arguments, message):
    sizes = {"num_nodes": 5, "num_relations": 2, "hidden_channels": 4}
    with pytest.raises(ValueError, match=message):
        NFE(**{**sizes, **arguments})


def test_wrong_indices():
    model = build()
    head, rel, tail = triples()
    with pytest.raises(ValueError, match=rf"'tail_index' must be in \[0, {N}\) \(got {N}\)"):
        model.loss(head, rel, tail * 0 + N)
    with pytest.raises(ValueError, match=rf"'head_index' must be in \[0, {N}\) \(got -1\)"):
        model.loader(head * 0 - 1, rel, tail)
    whole = build(loss="k_vs_all")
    with pytest.raises(ValueError, match=rf"'rel_type' must be in \[0, {2 * R}\) \(got {2 * R}\)"):
        whole.loss(head, rel * 0 + 2 * R, tail)
    with pytest.raises(ValueError, match=rf"'rel_type' must be in \[0, {R}\) \(got {R}\)"):
        model.score_tails(head, rel * 0 + R)
    with pytest.raises(ValueError, match="must have one size"):
        model(head, rel[:1], tail)
