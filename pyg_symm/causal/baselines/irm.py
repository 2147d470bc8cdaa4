"""Invariant risk minimisation."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from .base import LinearBaseline
from .features import Moments


class IRMv1(LinearBaseline):
    r"""Regression whose scale is optimal in each environment.

    .. math::
        \min_w \frac{1}{|E|} \sum_e R_e(w) + \beta \left(\frac{\partial}{\partial s}
        R_e(s w)\Big|_{s = 1}\right)^2 + \lambda \lVert w \rVert^2

    From `Invariant Risk Minimization <https://arxiv.org/abs/1907.02893>`_. For functions that are
    linear in features the loss is a polynomial of degree four. It is minimised by Newton steps in a
    trust region, from ridge regression on. It is not convex: the result is a local minimum.

    Args:
        strength (float, optional): The weight :math:`\beta` of the derivative.
            (default: :obj:`100.0`)
        variables (list, optional): The names of the columns to be used. (default: all but that of
            the environment)
        num_features (int, optional): The number of random features, 0 for linear functions.
            (default: :obj:`64`)
        penalty (float, optional): The ridge penalty :math:`\lambda`. (default: the best of pooled
            cross-validation)
        max_iter (int, optional): The largest number of steps. (default: :obj:`1000`)
        random_state (int or numpy.random.RandomState, optional): The seed. (default: :obj:`0`)
        env (Hashable, optional): The name of the column of the environment. (default: :obj:`"E"`)

    Examples:
        >>> x, y = [[1., 1.], [2., 2.], [3., -3.], [4., -4.]], [1., 2., 3., 4.]
        >>> model = IRMv1(num_features=0, penalty=0.0).fit(x, y, env=[0, 0, 1, 1])
        >>> model.predict([[5., -9.]]).round(3)
        array([5.])
    """

    needs_env = True

    def __init__(
        self,
        strength: float = 100.0,
        variables: Sequence[Hashable] | None = None,
        num_features: int = 64,
        penalty: float | None = None,
        max_iter: int = 1000,
        random_state: Any = 0,
        env: Hashable = "E",
    ) -> None:
        super().__init__(variables, num_features, penalty, random_state, env)
        self.strength = strength
        self.max_iter = max_iter

    def _check(self) -> None:
        super()._check()
        if not 0 <= self.strength < float("inf"):
            raise ValueError(f"'strength' must be finite and not negative (got {self.strength})")
        if self.max_iter < 1:
            raise ValueError(f"'max_iter' must be positive (got {self.max_iter})")

    def _solve(self, moments: Moments) -> Tensor:
        from scipy.optimize import minimize

        equal = torch.full_like(moments.share, 1 / len(moments.share))
        start = moments.ridge(equal, self.penalty_)

        def of(derivative: Callable[[Moments, Tensor], Tensor]) -> Callable[[Any], Any]:
            return lambda w: derivative(moments, start.new_tensor(w)).numpy()

        found = minimize(
            of(self.loss),
            start.numpy(),
            jac=of(self.gradient),
            hess=of(self.hessian),
            method="trust-exact",
            options={"maxiter": self.max_iter, "gtol": 1e-10},
        )
        return start.new_tensor(found.x)

    def loss(self, moments: Moments, w: Tensor) -> Tensor:
        """The loss of coefficients, over one plus the weight of derivatives."""
        loss = (moments.risks(w) + self.strength * self._slope(moments, w).square()).mean()
        return (loss + self.penalty_ * w[1:].square().sum()) / (1 + self.strength)

    def gradient(self, moments: Moments, w: Tensor) -> Tensor:
        """The gradient of the loss."""
        risk, slope = self._gradients(moments, w)
        found = (risk + 2 * self.strength * self._slope(moments, w)[:, None] * slope).mean(0)
        return (found + 2 * self._diagonal(w) * w) / (1 + self.strength)

    def hessian(self, moments: Moments, w: Tensor) -> Tensor:
        """The second derivatives of the loss."""
        _, slope = self._gradients(moments, w)
        weight = 2 + 8 * self.strength * self._slope(moments, w)
        found = torch.einsum("e,eij->ij", weight, moments.gram)
        found = (found + 2 * self.strength * slope.T @ slope) / len(weight)
        return (found + 2 * self._diagonal(w).diag()) / (1 + self.strength)

    def _slope(self, moments: Moments, w: Tensor) -> Tensor:
        """The derivative of each risk by the scale of the function :math:`(E)`."""
        return 2 * (((moments.gram @ w) * w).sum(1) - moments.moment @ w)

    def _gradients(self, moments: Moments, w: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of risks and of slopes :math:`(E, F)`."""
        image = moments.gram @ w
        return 2 * (image - moments.moment), 2 * (2 * image - moments.moment)

    def _diagonal(self, w: Tensor) -> Tensor:
        """The penalty of each coefficient: the constant has none."""
        diagonal = torch.full_like(w, self.penalty_)
        diagonal[0] = 0
        return diagonal
