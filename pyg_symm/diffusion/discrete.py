"""Discrete diffusion of a categorical variable: kernels, posteriors and bounds in closed form."""

import torch
from torch import Tensor

from pyg_symm.utils import check_sizes

from .schedule import CosineSchedule, Schedule, check_times

Rates = tuple[Tensor, Tensor, Tensor]

_LEAST = 1e-30  # What a probability counts as, at least, within a logarithm.


def draw(probs: Tensor, uniform: Tensor) -> Tensor:
    r"""Draws classes by inverting the cumulative distribution.

    Args:
        probs (torch.Tensor): Non-negative weights of the classes :math:`(\dots, C)`, whose sum
            need not be one but must be positive.
        uniform (torch.Tensor): Uniform numbers in :math:`[0, 1)`, :math:`(\dots)`.

    Returns:
        torch.Tensor: The classes :math:`(\dots)`; never one of weight zero.

    Examples:
        >>> draw(torch.tensor([[0.2, 0.0, 0.8]]), torch.tensor([0.3]))
        tensor([2])
    """
    total = probs.double().clamp_min(0).cumsum(-1)
    # Strictly below the total, so that rounding cannot point behind the last class with weight.
    level = (uniform.double().unsqueeze(-1) * total[..., -1:]).clamp_max(
        torch.nextafter(total[..., -1:], torch.zeros_like(total[..., -1:]))
    )
    return (total <= level).sum(-1)


class DiscreteDiffusion(torch.nn.Module):
    r"""Discrete diffusion towards any prior :math:`m`, of independent categorical variables.

    .. math::
        q(x_t \mid x_0) = \bar\alpha_t\, e_{x_0} + (1 - \bar\alpha_t)\, m

    Steps are integers :math:`t = 0, \dots, T`; floating-point times in :math:`[0, 1]` work
    everywhere too, which is continuous time: all kernels between two times are exact. With
    :math:`\bar\alpha_{t|s} = \bar\alpha_t / \bar\alpha_s`,
    :math:`\mu = (1 - \bar\alpha_s) / (1 - \bar\alpha_t)` and
    :math:`\lambda = (1 - \bar\alpha_s)(1 - \bar\alpha_{t|s})\, m_{x_t} /
    (\bar\alpha_t + (1 - \bar\alpha_t)\, m_{x_t})`, for :math:`s < t`:

    .. math::
        q(x_s \mid x_t, x_0) = \begin{cases}
            (1 - \lambda)\, e_{x_t} + \lambda m & x_t = x_0 \\
            (1 - \mu)\, e_{x_0} + \mu \bar\alpha_{t|s}\, e_{x_t} + \mu (1 - \bar\alpha_{t|s})\, m
            & x_t \ne x_0 \end{cases}

    The reverse kernel averages it over a predicted distribution :math:`f` of :math:`x_0`. With
    :math:`\gamma = \mu - \lambda - \mu \bar\alpha_{t|s}`,

    .. math::
        p(x_s \mid x_t) = (1 - \mu) f + (\mu \bar\alpha_{t|s} + \gamma f_{x_t})\, e_{x_t}
            + (\mu (1 - \bar\alpha_{t|s}) - \gamma f_{x_t})\, m.

    No :math:`C \times C` matrix is built. Each variable may have its own time. Plain numbers that
    are no steps or times, and an ``s`` after ``t``, are errors; values of tensors are not read.

    Args:
        num_classes (int): The number of classes :math:`C`.
        schedule (Schedule, optional): How fast values are lost. (default: ``CosineSchedule(50)``)
        prior (torch.Tensor, optional): The distribution :math:`m` that noise tends to :math:`(C)`;
            the marginal distribution keeps noisy graphs as sparse as the data. (default: uniform)

    Raises:
        ValueError: If the prior is not a distribution over the classes.

    Examples:
        >>> diffusion = DiscreteDiffusion(3, CosineSchedule(10))
        >>> x_0, t = torch.tensor([0, 2]), torch.tensor(5)
        >>> diffusion.forward_probs(x_0, t).sum(-1)
        tensor([1., 1.], dtype=torch.float64)
        >>> diffusion.noise(x_0, t, torch.tensor([0.1, 0.9]))
        tensor([0, 1])
    """

    prior: Tensor
    alpha_bar_table: Tensor
    eye: Tensor

    def __init__(
        self,
        num_classes: int,
        schedule: Schedule | None = None,
        prior: Tensor | None = None,
    ) -> None:
        super().__init__()
        check_sizes(1, num_classes=num_classes)
        self.num_classes = num_classes
        self.schedule = CosineSchedule(50) if schedule is None else schedule
        if prior is None:
            prior = torch.full((num_classes,), 1 / num_classes, dtype=torch.double)
        prior = torch.as_tensor(prior).double()
        if prior.shape != (num_classes,):
            raise ValueError(f"'prior' must have shape [{num_classes}] (got {list(prior.shape)})")
        if not (prior >= 0).all() or abs(float(prior.sum()) - 1) > 1e-6:
            raise ValueError(f"'prior' must be non-negative and sum to 1 (got {prior.tolist()})")
        self.register_buffer("prior", prior / prior.sum())
        self.register_buffer("alpha_bar_table", self.schedule.table(), persistent=False)
        eye = torch.eye(num_classes, dtype=torch.double)
        self.register_buffer("eye", eye, persistent=False)

    def _apply(self, fn, recurse=True):
        # Casting a network to half precision must not touch probabilities: moves only.
        self.prior = self.prior.to(fn(self.prior).device)
        self.alpha_bar_table = self.alpha_bar_table.to(self.prior.device)
        self.eye = self.eye.to(self.prior.device)
        return self

    @property
    def num_steps(self) -> int:
        """The number of steps :math:`T`."""
        return self.schedule.num_steps

    def alpha_bar(self, t: Tensor | float) -> Tensor:
        r""":math:`\bar\alpha_t` in float64, of steps or of times."""
        check_times(self.num_steps, t=t)
        t = torch.as_tensor(t)
        return self.schedule.alpha_bar(t) if t.is_floating_point() else self.alpha_bar_table[t]

    def transition(self, s: Tensor | int, t: Tensor | int) -> Tensor:
        r"""The forward kernel as a matrix :math:`Q_{ij} = q(x_t = j \mid x_s = i)`.

        Args:
            s (torch.Tensor): The earlier times :math:`(\dots)`.
            t (torch.Tensor): The later times :math:`(\dots)`.

        Returns:
            torch.Tensor: The matrices in float64 :math:`(\dots, C, C)`.
        """
        check_times(self.num_steps, s=s, t=t)
        kept = (self.alpha_bar(t) / self.alpha_bar(s))[..., None, None]
        return kept * self.eye + (1 - kept) * self.prior

    def forward_probs(self, x_0: Tensor, t: Tensor | int) -> Tensor:
        r"""The noisy distribution :math:`q(x_t \mid x_0)` in float64 :math:`(\dots, C)`."""
        kept = self.alpha_bar(t).unsqueeze(-1)
        return kept * self._one_hot(x_0) + (1 - kept) * self.prior

    def noise(self, x_0: Tensor, t: Tensor | int, uniform: Tensor) -> Tensor:
        r"""Draws :math:`x_t \sim q(x_t \mid x_0)`.

        Args:
            x_0 (torch.Tensor): Clean classes :math:`(\dots)`.
            t (torch.Tensor): Steps or times, broadcastable.
            uniform (torch.Tensor): Uniform numbers in :math:`[0, 1)`, :math:`(\dots)`; symmetric
                for symmetric variables, such as edges.
        """
        kept = self.alpha_bar(t)
        uniform = uniform.double()
        # What lies above the share that is kept is uniform again, once stretched.
        fresh = self.draw_prior(((uniform - kept) / (1 - kept).clamp_min(_LEAST)).clamp(0, 1))
        return torch.where(uniform < kept, x_0, fresh)

    def draw_prior(self, uniform: Tensor) -> Tensor:
        """Draws from the prior, by uniform numbers of the same shape."""
        return draw(self.prior.expand(*uniform.shape, -1), uniform)

    def posterior(self, x_t: Tensor, x_0: Tensor, s: Tensor | int, t: Tensor | int) -> Tensor:
        r"""The exact posterior :math:`q(x_s \mid x_t, x_0)` in float64 :math:`(\dots, C)`."""
        return self._posterior(x_t, x_0, self._rates(x_t, s, t), self._one_hot(x_t))

    def _posterior(self, x_t: Tensor, x_0: Tensor, rates: Rates, at_t: Tensor) -> Tensor:
        mu, kept, rate = rates
        at_0 = self._one_hot(x_0)
        stays = (1 - rate) * at_t + rate * self.prior
        moves = (1 - mu) * at_0 + mu * kept * at_t + mu * (1 - kept) * self.prior
        return torch.where((x_t == x_0).unsqueeze(-1), stays, moves)

    def reverse(self, probs: Tensor, x_t: Tensor, s: Tensor | int, t: Tensor | int) -> Tensor:
        r"""The reverse kernel :math:`p(x_s \mid x_t)` of a prediction :math:`(\dots, C)`.

        Args:
            probs (torch.Tensor): The predicted distribution :math:`f` of :math:`x_0`.
            x_t (torch.Tensor): Noisy classes :math:`(\dots)`.
            s (torch.Tensor): Earlier steps or times, broadcastable.
            t (torch.Tensor): Later ones.

        Returns:
            torch.Tensor: Probabilities in the precision of ``probs``; for :math:`s = 0` they are
            ``probs``.
        """
        rates = self._rates(x_t, s, t)
        shortcut, rest = self._reverse_parts(probs, x_t, rates, self._one_hot(x_t))
        return shortcut * probs + rest

    def log_reverse(
        self, log_probs: Tensor, x_t: Tensor, s: Tensor | int, t: Tensor | int
    ) -> Tensor:
        r"""The logarithm of :meth:`reverse`, stable where a class is all but ruled out."""
        return self._log_reverse(log_probs, x_t, self._rates(x_t, s, t), self._one_hot(x_t))

    def _log_reverse(self, log_probs: Tensor, x_t: Tensor, rates: Rates, at_t: Tensor) -> Tensor:
        shortcut, rest = self._reverse_parts(log_probs.exp(), x_t, rates, at_t)
        return torch.logaddexp(
            log_probs + shortcut.clamp_min(_LEAST).log(), rest.clamp_min(_LEAST).log()
        )

    def step_loss(self, logits: Tensor, x_t: Tensor, x_0: Tensor, t: Tensor | int) -> Tensor:
        r"""The term of the variational bound for one step, for every variable.

        .. math::
            \mathrm{KL}\big( q(x_{t-1} \mid x_t, x_0) \,\big\|\, p(x_{t-1} \mid x_t) \big),

        which for :math:`t = 1` is the cross entropy :math:`-\log f_{x_0}`.

        Args:
            logits (torch.Tensor): Of the predicted distribution of :math:`x_0`,
                :math:`(\dots, C)`.
            x_t (torch.Tensor): Noisy classes :math:`(\dots)`.
            x_0 (torch.Tensor): Clean classes :math:`(\dots)`.
            t (torch.Tensor): Steps :math:`1, \dots, T`, broadcastable.

        Returns:
            torch.Tensor: The terms in nats :math:`(\dots)`.
        """
        if not isinstance(t, Tensor):
            check_sizes(1, t=t)
        rates, at_t = self._rates(x_t, t - 1, t), self._one_hot(x_t)
        target = self._posterior(x_t, x_0, rates, at_t).to(logits.dtype)
        log_p = self._log_reverse(logits.log_softmax(-1), x_t, rates, at_t)
        return (torch.xlogy(target, target) - target * log_p).sum(-1)

    def prior_loss(self, x_0: Tensor) -> Tensor:
        r""":math:`\mathrm{KL}(q(x_T \mid x_0) \,\|\, m)` in nats :math:`(\dots)`."""
        q = self.forward_probs(x_0, torch.tensor(self.num_steps, device=x_0.device))
        return (torch.xlogy(q, q) - torch.xlogy(q, self.prior.clamp_min(_LEAST))).sum(-1)

    def _one_hot(self, x: Tensor) -> Tensor:
        return self.eye[x]

    def _rates(self, x_t: Tensor, s: Tensor | int, t: Tensor | int) -> Rates:
        """:math:`\\mu`, :math:`\\bar\\alpha_{t|s}` and :math:`\\lambda`, with a last dimension."""
        check_times(self.num_steps, s=s, t=t)
        at_s, at_t = self.alpha_bar(s), self.alpha_bar(t)
        kept = at_t / at_s
        m = self.prior[x_t]
        lost_s, lost_t = 1 - at_s, 1 - at_t
        rate = lost_s * (1 - kept) * m / (at_t + lost_t * m)
        mu = lost_s / lost_t
        return mu.unsqueeze(-1), kept.unsqueeze(-1), rate.unsqueeze(-1)

    def _reverse_parts(
        self, probs: Tensor, x_t: Tensor, rates: Rates, at_t: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The factor of the prediction in the reverse kernel, and what is added to it."""
        mu, kept, rate = rates
        gamma = (mu - rate - mu * kept).to(probs.dtype)
        direct, fresh = (mu * kept).to(probs.dtype), (mu * (1 - kept)).to(probs.dtype)
        same = gamma * probs.gather(-1, x_t.unsqueeze(-1))
        rest = (direct + same) * at_t.to(probs.dtype) + (fresh - same) * self.prior.to(probs.dtype)
        return (1 - mu).to(probs.dtype), rest

    def extra_repr(self) -> str:
        return f"{self.num_classes}, schedule={self.schedule!r}"
