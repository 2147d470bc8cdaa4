"""Regression for the worst of the environments that were seen."""

from torch import Tensor

from .base import LinearBaseline
from .features import Moments


class GroupDRO(LinearBaseline):
    r"""Ridge regression with the smallest error in the worst environment.

    .. math::
        \min_w \max_e R_e(w) + \lambda \lVert w \rVert^2
        = \max_{q \ge 0, \sum_e q_e = 1} \min_w \sum_e q_e R_e(w) + \lambda \lVert w \rVert^2

    The loss is from `Distributionally Robust Neural Networks for Group Shifts
    <https://arxiv.org/abs/1911.08731>`_. For functions that are linear in features it is solved
    exactly: the inner problem on the right is ridge regression, the outer one is concave.

    Args:
        variables (list, optional): The names of the columns to be used. (default: all but that of
            the environment)
        num_features (int, optional): The number of random features, 0 for linear functions.
            (default: :obj:`64`)
        penalty (float, optional): The ridge penalty :math:`\lambda`. (default: the best of pooled
            cross-validation)
        random_state (int or numpy.random.RandomState, optional): The seed. (default: :obj:`0`)
        env (Hashable, optional): The name of the column of the environment. (default: :obj:`"E"`)

    Attributes:
        weights_ (torch.Tensor): The weight :math:`q` of each environment, in sorted order.

    Examples:
        >>> x, y = [[1.], [-1.], [1.], [-1.], [1.], [-1.]], [1., -1., 1., -1., 2., -2.]
        >>> model = GroupDRO(num_features=0, penalty=0.0).fit(x, y, env=[0, 0, 0, 0, 1, 1])
        >>> model.predict([[1.]]).round(4)  # Halfway between both environments.
        array([1.5])
    """

    needs_env = True

    def _solve(self, moments: Moments) -> Tensor:
        import numpy
        from scipy.optimize import minimize

        num = len(moments.share)

        def negative_dual(q):
            weight = moments.share.new_tensor(q)
            w = moments.ridge(weight, self.penalty_)
            risks = moments.risks(w)
            value = weight @ risks + self.penalty_ * w[1:].square().sum()
            return -float(value), -risks.numpy()

        found = minimize(
            negative_dual,
            [1 / num] * num,
            jac=True,
            method="SLSQP",
            bounds=[(0, 1)] * num,
            constraints={"type": "eq", "fun": lambda q: q.sum() - 1, "jac": numpy.ones_like},
            options={"maxiter": 1000, "ftol": 1e-12},
        )
        weight = moments.share.new_tensor(found.x).clamp(min=0)
        self.weights_ = weight / weight.sum()
        return moments.ridge(self.weights_, self.penalty_)
