"""Anchor regression, in closed form."""

from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from .base import LinearBaseline
from .features import Moments, solve


class AnchorRegression(LinearBaseline):
    r"""Regression that is robust to shifts in the directions of the observed shifts.

    .. math::
        \min_w \lVert (I - \Pi)(y - \Phi w) \rVert^2 + \gamma \lVert \Pi (y - \Phi w) \rVert^2,

    where :math:`\Pi` takes the mean of each environment. From `Anchor Regression: Heterogeneous
    Data Meet Causality <https://arxiv.org/abs/1801.06229>`_. It is ridge regression at
    :math:`\gamma = 1`.

    Args:
        gamma (float, optional): The strength :math:`\gamma` of shifts. (default: :obj:`5.0`)
        variables (list, optional): The names of the columns to be used. (default: all but that of
            the environment)
        num_features (int, optional): The number of random features, 0 for linear functions.
            (default: :obj:`64`)
        penalty (float, optional): The ridge penalty. (default: the best of pooled
            cross-validation)
        random_state (int or numpy.random.RandomState, optional): The seed. (default: :obj:`0`)
        env (Hashable, optional): The name of the column of the environment. (default: :obj:`"E"`)

    Examples:
        >>> x, y = [[0.], [1.], [4.], [5.]], [0., 0., 4., 4.]
        >>> model = AnchorRegression(1e9, num_features=0, penalty=0.0).fit(x, y, env=[0, 0, 1, 1])
        >>> model.predict([[2.5], [3.5]]).round(6)  # The line through the means.
        array([2., 3.])
    """

    needs_env = True

    def __init__(
        self,
        gamma: float = 5.0,
        variables: Sequence[Hashable] | None = None,
        num_features: int = 64,
        penalty: float | None = None,
        random_state: Any = 0,
        env: Hashable = "E",
    ) -> None:
        super().__init__(variables, num_features, penalty, random_state, env)
        self.gamma = gamma

    def _check(self) -> None:
        super()._check()
        if not 0 < self.gamma < float("inf"):
            raise ValueError(f"'gamma' must be positive and finite (got {self.gamma})")

    def _solve(self, moments: Moments) -> Tensor:
        share, more = moments.share, self.gamma - 1
        # The first feature is one, and its moments are means.
        mean, centre = moments.gram[:, 0], moments.moment[:, 0]
        gram = torch.einsum("e,eij->ij", share, moments.gram)
        gram = gram + more * torch.einsum("e,ei,ej->ij", share, mean, mean)
        moment = share @ moments.moment + more * (share * centre) @ mean
        return solve(gram, moment, self.penalty_)
