"""The base of all baselines: how they read tables, and the functions that they choose from."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor

from pyg_symm.causal.columns import (
    check_names,
    columns_of_fit,
    environments_in,
    read_table,
    read_target,
)
from pyg_symm.causal.environments import environment_numbers, worst_env_score
from pyg_symm.causal.options import seed_from
from pyg_symm.causal.protocol import Estimator

from .features import Features, Moments, choose_penalty, standards

_FOLDS = 5


class LinearBaseline(Estimator):
    r"""A regressor that is linear in its variables and in random Fourier features of them.

    Baselines differ in their loss only: functions, features, and the ridge penalty, which pooled
    cross-validation chooses, are the same for all. What is random depends on the seed only.

    Args:
        variables (list, optional): The names of the columns to be used. (default: all but that of
            the environment)
        num_features (int, optional): The number of random features, 0 for linear functions.
            (default: :obj:`64`)
        penalty (float, optional): The ridge penalty :math:`\lambda` on coefficients of standardised
            features, for mean squared errors of the standardised target. (default: the best of
            cross-validation)
        random_state (int or numpy.random.RandomState, optional): The seed. (default: :obj:`0`)
        env (Hashable, optional): The name of the column of the environment. (default: :obj:`"E"`)

    Attributes:
        penalty_ (float): The ridge penalty.
        coefficients_ (torch.Tensor): The coefficients of the constant, of the standardised
            variables, and of the random features, for the standardised target.
    """

    needs_env = False

    def __init__(
        self,
        variables: Sequence[Hashable] | None = None,
        num_features: int = 64,
        penalty: float | None = None,
        random_state: Any = 0,
        env: Hashable = "E",
    ) -> None:
        self.variables = variables
        self.num_features = num_features
        self.penalty = penalty
        self.random_state = random_state
        self.env = env

    def fit(
        self, X: Any, y: Any, env: Any = None, feature_names: Sequence[Hashable] | None = None
    ) -> "LinearBaseline":
        r"""Fits the coefficients.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The table :math:`(n, d)`.
            y (array): The target :math:`(n)`.
            env (array, optional): The environment of each row :math:`(n)`. By default it is the
                column of the environment in :obj:`X`. Pooled regressions do not need it.
            feature_names (list, optional): The names of columns. (default: those of the data frame,
                or numbers from zero)

        Raises:
            ValueError: If a column is missing, numbers are not finite, or there are no two
                environments for a loss that compares them.
        """
        self._check()
        self._given = self._names_of(X, feature_names)
        others = [name for name in self._given if name != self.env]
        self._chosen = list(others if self.variables is None else self.variables)
        if missing := [str(name) for name in self._chosen if name not in self._given]:
            raise ValueError(
                f"'variables' must be columns of 'X' (missing: {', '.join(missing)}); name the "
                "columns of an array by 'feature_names'"
            )
        x = self._read(X)
        if len(x) < 2:
            raise ValueError(f"'X' must have at least two rows (got n_samples = {len(x)})")
        target = torch.from_numpy(read_target(y, len(x)))
        number = self._numbers(X, env, len(x))
        generator = torch.Generator().manual_seed(seed_from(self.random_state))
        self._features = Features.draw(x, self.num_features, generator)
        features = self._features(x)
        self._centre, self._unit = standards(target)
        target = (target - self._centre) / self._unit
        fold = torch.randperm(len(x), generator=generator) % min(_FOLDS, len(x))
        penalty = choose_penalty(features, target, fold) if self.penalty is None else self.penalty
        self.penalty_ = float(penalty)
        self.coefficients_ = self._solve(Moments.of(features, target, number))
        self.n_features_in_ = len(self._given)
        return self

    @abstractmethod
    def _solve(self, moments: Moments) -> Tensor:
        """The coefficients that are best for moments of all environments."""

    def predict(self, X: Any) -> Any:
        r"""Predictions :math:`(n)`, as a tensor if the table is one.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The table, with the columns of
                :meth:`fit`.

        Raises:
            ValueError: If a column is missing, or numbers are not finite.
        """
        self._check_fitted()
        found = self._features(self._read(X)) @ self.coefficients_ * self._unit + self._centre
        return found if isinstance(X, Tensor) else found.numpy()

    def score(self, X: Any, y: Any, env: Any = None) -> float:
        r"""The smallest :math:`R^2` of an environment, or that of all rows.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The table :math:`(n, d)`.
            y (array): The target :math:`(n)`.
            env (array, optional): The environment of each row :math:`(n)`. By default it is the
                column of the environment in :obj:`X`, if there is one.
        """
        predicted = self.predict(X)
        env = environments_in(X, self._given, self.env) if env is None else env
        return worst_env_score(read_target(y, len(predicted)), predicted, env)

    def _check(self) -> None:
        """Checks the arguments of the constructor."""
        if not isinstance(self.num_features, Integral):
            raise ValueError(f"'num_features' must be an integer (got {self.num_features!r})")
        if self.num_features < 0:
            raise ValueError(f"'num_features' must not be negative (got {self.num_features})")
        penalty = self.penalty
        if penalty is not None and not (isinstance(penalty, Real) and 0 <= penalty < float("inf")):
            raise ValueError(f"'penalty' must be finite and not negative (got {penalty!r})")

    def _numbers(self, X: Any, env: Any, num_rows: int) -> Tensor:
        """The environment of each row, as numbers from zero."""
        if env is None and not self.needs_env:
            return torch.zeros(num_rows, dtype=torch.long)
        env = environments_in(X, self._given, self.env) if env is None else env
        if env is None:
            raise ValueError(f"'env' must be given to {type(self).__name__} (got None)")
        labels, number = environment_numbers(env, num_rows)
        if self.needs_env and len(labels) < 2:
            raise ValueError(f"'env' must have at least two environments (got {labels[0]!r} only)")
        return torch.from_numpy(number)

    @staticmethod
    def _names_of(X: Any, feature_names: Sequence[Hashable] | None) -> list[Hashable]:
        """The names of all columns."""
        num = X.shape[1] if hasattr(X, "columns") else read_table(X)[0].shape[1]
        if feature_names is None:
            names = list(X.columns) if hasattr(X, "columns") else list(range(num))
        else:
            names = list(feature_names)
        check_names(names, num)
        return names

    def _read(self, X: Any) -> Tensor:
        """The chosen columns :math:`(n, d)`."""
        found = columns_of_fit(X, self._given, self._chosen, type(self).__name__)
        return torch.from_numpy(found)
