"""Ridge regression on the rows of all environments together."""

from torch import Tensor

from .base import LinearBaseline
from .features import Moments


class PooledRidge(LinearBaseline):
    r"""Ridge regression that ignores the environments.

    .. math::
        \min_w \frac{1}{n} \sum_i \left(y_i - w^\top \phi(x_i)\right)^2 + \lambda \lVert w \rVert^2

    Restricted to the parents of the target or to stable variables, it is two more baselines, see
    :func:`~pyg_symm.causal.baselines_of`.

    Args:
        variables (list, optional): The names of the columns to be used. (default: all but that of
            the environment)
        num_features (int, optional): The number of random features, 0 for linear functions.
            (default: :obj:`64`)
        penalty (float, optional): The ridge penalty :math:`\lambda`. (default: the best of
            cross-validation)
        random_state (int or numpy.random.RandomState, optional): The seed. (default: :obj:`0`)
        env (Hashable, optional): The name of the column of the environment. (default: :obj:`"E"`)

    Examples:
        >>> model = PooledRidge(num_features=0, penalty=0.0)
        >>> model.fit([[0.], [1.], [2.]], [1., 3., 5.]).predict([[3.]]).round(6)
        array([7.])
    """

    def _solve(self, moments: Moments) -> Tensor:
        return moments.ridge(moments.share, self.penalty_)
