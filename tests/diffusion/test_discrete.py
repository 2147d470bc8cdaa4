import itertools

import pytest
import torch

from pyg_symm.diffusion import CosineSchedule, DiscreteDiffusion, LinearSchedule, draw

PRIORS = {
    "uniform": None,
    "marginal": torch.tensor([0.7, 0.2, 0.1], dtype=torch.double),
    "degenerate": torch.tensor([0.6, 0.4, 0.0], dtype=torch.double),
}
T, C = 6, 3


@pytest.fixture(params=PRIORS)
def diffusion(request):
    return DiscreteDiffusion(C, CosineSchedule(T), PRIORS[request.param])


def times():
    return [(torch.tensor(s), torch.tensor(t)) for t in range(1, T + 1) for s in range(t)]


def states():
    return torch.tensor(list(itertools.product(range(C), repeat=2))).unbind(1)


def close(a, b):
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_kernels_are_distributions(diffusion):
    x_t, x_0 = states()
    f = torch.rand(len(x_t), C, dtype=torch.double).softmax(-1)
    for s, t in times():
        for probs in (
            diffusion.forward_probs(x_0, t),
            diffusion.posterior(x_t, x_0, s, t),
            diffusion.reverse(f, x_t, s, t),
        ):
            assert (probs > -1e-15).all()
            close(probs.sum(-1), torch.ones(len(x_t), dtype=torch.double))


def test_one_step_matrices_multiply_to_the_marginal(diffusion):
    product = torch.eye(C, dtype=torch.double)
    for t in range(1, T + 1):
        product = product @ diffusion.transition(torch.tensor(t - 1), torch.tensor(t))
        close(product, diffusion.forward_probs(torch.arange(C), torch.tensor(t)))


def test_posterior_is_bayes_rule(diffusion):
    x_t, x_0 = states()
    for s, t in times():
        to_s = diffusion.transition(torch.tensor(0), s)[x_0]  # q(x_s | x_0)
        s_to_t = diffusion.transition(s, t)[:, x_t].t()  # q(x_t | x_s)
        evidence = diffusion.transition(torch.tensor(0), t)[x_0, x_t]
        possible = evidence > 0
        bayes = to_s * s_to_t / evidence.unsqueeze(-1)
        close(diffusion.posterior(x_t, x_0, s, t)[possible], bayes[possible])


def test_reverse_is_the_mean_posterior(diffusion):
    x_t, _ = states()
    f = torch.rand(len(x_t), C, dtype=torch.double).softmax(-1)
    for s, t in times():
        mean = sum(
            f[:, [c]] * diffusion.posterior(x_t, torch.full_like(x_t, c), s, t) for c in range(C)
        )
        close(diffusion.reverse(f, x_t, s, t), mean)
        close(diffusion.log_reverse(f.log(), x_t, s, t).exp(), mean)


def test_reverse_ends_with_the_prediction(diffusion):
    x_t, _ = states()
    f = torch.rand(len(x_t), C, dtype=torch.double).softmax(-1)
    close(diffusion.reverse(f, x_t, torch.tensor(0), torch.tensor(1)), f)


def test_continuous_times_are_the_same_kernels():
    diffusion = DiscreteDiffusion(C, LinearSchedule(10))
    x_t, x_0 = states()
    s, t = torch.tensor(3), torch.tensor(7)
    close(
        diffusion.posterior(x_t, x_0, s, t),
        diffusion.posterior(x_t, x_0, s.double() / 10, t.double() / 10),
    )
    # Any two steps compose, also those between the grid.
    u, v, w = torch.tensor([0.1, 0.137, 0.9], dtype=torch.double)
    close(diffusion.transition(u, v) @ diffusion.transition(v, w), diffusion.transition(u, w))


def test_step_loss_is_the_divergence_and_at_first_the_cross_entropy(diffusion):
    x_t, x_0 = states()
    logits = torch.randn(len(x_t), C, dtype=torch.double)
    f = logits.softmax(-1)
    for t in range(1, T + 1):
        t = torch.tensor(t)
        q = diffusion.posterior(x_t, x_0, t - 1, t).clamp_min(0)
        p = diffusion.reverse(f, x_t, t - 1, t)
        expected = (torch.xlogy(q, q) - torch.xlogy(q, p.clamp_min(1e-30))).sum(-1)
        loss = diffusion.step_loss(logits, x_t, x_0, t)
        torch.testing.assert_close(loss, expected, rtol=1e-9, atol=1e-12)
    cross_entropy = torch.nn.functional.cross_entropy(logits, x_0, reduction="none")
    torch.testing.assert_close(
        diffusion.step_loss(logits, x_t, x_0, torch.tensor(1)), cross_entropy
    )


def test_step_loss_has_finite_gradients_in_float32_at_all_steps(diffusion):
    x_t, x_0 = states()
    for t in range(1, T + 1):
        logits = (40 * torch.randn(len(x_t), C)).requires_grad_()
        diffusion.step_loss(logits, x_t, x_0, torch.tensor(t)).sum().backward()
        assert logits.grad.isfinite().all()


def test_prior_term_vanishes():
    for prior in (PRIORS["uniform"], PRIORS["marginal"]):
        diffusion = DiscreteDiffusion(C, CosineSchedule(T), prior)
        assert (diffusion.prior_loss(torch.arange(C)) < 1e-8).all()


def test_noise_follows_its_distribution(diffusion):
    u = torch.rand(40_000, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    for t in (1, 3, T):
        x_0 = torch.full((u.numel(),), 2)
        x_t = diffusion.noise(x_0, torch.tensor(t), u)
        share = torch.bincount(x_t, minlength=C) / u.numel()
        expected = diffusion.forward_probs(x_0[0], torch.tensor(t))
        assert (share - expected).abs().max() < 0.015


def test_draw_never_takes_a_class_without_weight():
    probs = torch.tensor([0.0, 0.3, 0.0, 0.7, 0.0])
    u = torch.tensor([0.0, 0.3, 0.299999, 1 - 2**-53, 0.5], dtype=torch.double)
    assert set(draw(probs.expand(5, -1), u).tolist()) == {1, 3}
    assert draw(7 * probs.expand(2, -1), torch.tensor([0.29, 0.31])).tolist() == [1, 3]


def test_casting_moves_but_keeps_precision():
    diffusion = DiscreteDiffusion(C, CosineSchedule(T)).half()
    assert diffusion.prior.dtype == diffusion.alpha_bar_table.dtype == torch.double
    assert "prior" in diffusion.state_dict()
    assert repr(diffusion) == "DiscreteDiffusion(3, schedule=CosineSchedule(6))"


@pytest.mark.parametrize(
    "arguments, match",
    [
        ({"num_classes": 0}, "'num_classes' must be an integer of 1 or more"),
        ({"prior": torch.ones(2) / 2}, r"'prior' must have shape \[3\] \(got \[2\]"),
        ({"prior": torch.tensor([0.5, 0.6, -0.1])}, "'prior' must be non-negative"),
        ({"prior": torch.tensor([0.5, 0.6, 0.1])}, "sum to 1"),
    ],
)
def test_bad_input(arguments, match):
    with pytest.raises(ValueError, match=match):
        DiscreteDiffusion(**({"num_classes": 3} | arguments))


def test_times_that_do_not_exist(diffusion):
    x = torch.tensor(0)
    for call, message in [
        (lambda: diffusion.forward_probs(x, T + 1), "'t' must be a step in 0..6 .got 7"),
        (lambda: diffusion.forward_probs(x, -1), "'t' must be a step in 0..6 .got -1"),
        (lambda: diffusion.posterior(x, x, 3, 2), r"\['s', 't'\] must be in order .got \[3, 2\]"),
        (lambda: diffusion.transition(0.5, 2), r"\['s', 't'\] must be in order .got \[0.5, 2\]"),
        (lambda: diffusion.reverse(torch.ones(C) / C, x, 0, 1.5), "'t' must be a time in 0..1"),
        (
            lambda: diffusion.step_loss(torch.ones(C), x, x, 0),
            "'t' must be an integer of 1 or more",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    assert torch.equal(diffusion.transition(2, 2), diffusion.eye)


def test_plain_numbers_are_steps_too(diffusion):
    x_t, x_0 = states()
    s, t = torch.tensor(2), torch.tensor(4)
    close(diffusion.posterior(x_t, x_0, 2, 4), diffusion.posterior(x_t, x_0, s, t))
    close(diffusion.forward_probs(x_0, 4), diffusion.forward_probs(x_0, t))
    close(diffusion.transition(2, 4), diffusion.transition(s, t))
