"""A regressor for unseen environments."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import networkx as nx
import numpy as np
import torch
from torch import Tensor

from .acyclic import interventional_graph
from .boundary import markov_boundary
from .columns import (
    check_columns,
    check_rows,
    columns_of_fit,
    environments_in,
    naturally_sorted,
    pick_columns,
    read_table,
    read_target,
)
from .components import causal_components, minimax_condition
from .discovery import graph_of
from .environments import worst_env_score
from .functions import HiddenLayer
from .interventions import BoundedInterventions
from .options import REGENERATE, REGRESSORS, check_options, seed_from
from .protocol import Estimator
from .risks import Risk, RiskEstimator
from .search import search_subsets
from .structure import Fit, fit_structure
from .table import CausalTable
from .worst_intervention import WorstIntervention

_FOLDS = 5


class CausalMinimaxRegressor(Estimator):
    r"""Predicts from the stable variables whose worst-case risk over all environments is smallest.

    Environments share the mechanisms of stable variables and of the target; those of mutable
    variables, the children of the environment in the causal graph, change. For each set :math:`S`
    of stable variables,

    .. math::
        f_S(x) = \mathbb{E}[Y \mid x_S, \mathrm{do}(x_M)], \quad
        R(S) = \max_J \mathbb{E}_{P_J} \left(Y - f_S(x)\right)^2

    is a predictor that is the same in all environments, and its risk under the worst mechanism
    :math:`J` of the mutable variables, within bounds. One set of each equivalence class is
    compared. If the graph implies that all stable variables together are best, there is no search.
    From `Which Invariance Should We Transfer? A Causal Minimax Learning Approach
    <https://arxiv.org/abs/2107.01876>`_.

    Structural equations are taken to have additive noise. The estimator follows the protocol of
    scikit-learn, which need not be installed.

    Args:
        graph (networkx.DiGraph, Callable or str): The causal graph of target, environment and
            variables, a function that makes it from the names of the variables, or ``"cdnod"`` to
            find it in the data, see :func:`~pyg_symm.causal.discovery.discover_graph`.
        target (Hashable, optional): The node of the target. (default: :obj:`"Y"`)
        env (Hashable, optional): The node of the environment. (default: :obj:`"E"`)
        shift_budget (float, optional): The range of interventions on a mutable variable, in units
            of its observed range. (default: :obj:`1.0`)
        regressor (str or Callable, optional): How functions are fitted: ``"rff"`` (ridge on random
            Fourier features), ``"linear"`` (ridge), ``"mlp"``, or a function such as
            :func:`~pyg_symm.causal.ridge.fit_ridge`. (default: :obj:`"rff"`)
        search (str, optional): ``"classes"``, ``"greedy"`` or ``"all"`` subsets.
            (default: :obj:`"classes"`)
        max_classes (int, optional): The largest number of sets that are compared. If there are more
            classes, the search is greedy. (default: :obj:`512`)
        n_restarts (int, optional): The number of searches for the worst mechanism of each set.
            (default: :obj:`4`)
        random_state (int or numpy.random.RandomState, optional): The seed of all random numbers.
            (default: :obj:`0`)
        regenerate (str, optional): What is shuffled for the regression. ``"descendants"`` shuffles
            mutable variables, and everything below follows, with its noise. ``"official"`` shuffles
            stable variables, too, and ``"means"`` leaves the noise out; both are biased, and are
            there for comparison with the published code. (default: :obj:`"descendants"`)

    Attributes:
        condition_holds_ (bool): Whether all stable variables are known to be best.
        components_ (dict): Parts of the graph, see :func:`~pyg_symm.causal.causal_components`.
        mutable_ (frozenset): The mutable variables.
        classes_ (list): The compared sets of stable variables.
        risks_ (list): The :class:`~pyg_symm.causal.Risk` of each set, in squared units of the
            target.
        selected_ (frozenset): The stable variables of the predictor.
        worst_intervention_ (WorstIntervention): The mechanisms that are worst for the predictor.
        graph_ (networkx.DiGraph): The causal graph.

    Examples:
        >>> graph = nx.DiGraph([("E", "M"), ("Y", "M"), ("M", "X"), ("Y", "X")])
        >>> rng = np.random.default_rng(0)
        >>> y, env = rng.normal(size=400), np.arange(400) % 2
        >>> m = np.where(env == 0, y, -y) + 0.1 * rng.normal(size=400)
        >>> x = m + y + rng.normal(size=400)
        >>> model = CausalMinimaxRegressor(graph, regressor="linear")
        >>> _ = model.fit(np.stack([m, x], 1), y, env, feature_names=["M", "X"])
        >>> sorted(model.selected_), model.condition_holds_
        (['X'], False)
    """

    # For subclasses: the class of interventions, and the number of steps of the search for them.
    _interventions = BoundedInterventions
    _steps = 100

    def __init__(
        self,
        graph: nx.DiGraph | Callable[[Sequence[Hashable]], nx.DiGraph] | str,
        target: Hashable = "Y",
        env: Hashable = "E",
        shift_budget: float = 1.0,
        regressor: str | Fit = "rff",
        search: str = "classes",
        max_classes: int = 512,
        n_restarts: int = 4,
        random_state: Any = 0,
        regenerate: str = "descendants",
    ) -> None:
        self.graph: Any = graph
        self.target = target
        self.env = env
        self.shift_budget = shift_budget
        self.regressor = regressor
        self.search = search
        self.max_classes = max_classes
        self.n_restarts = n_restarts
        self.random_state = random_state
        self.regenerate = regenerate

    def fit(
        self,
        X: Any,
        y: Any,
        env: Any = None,
        feature_names: Sequence[Hashable] | None = None,
    ) -> "CausalMinimaxRegressor":
        r"""Finds the set of stable variables, and its predictor.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The variables :math:`(n, d)`, rows of all
                environments. Columns that are no node of the graph are left out.
            y (array): The target :math:`(n)`.
            env (array, optional): The environment of each row :math:`(n)`. By default it is the
                column of the environment in :obj:`X`; if there is none, rows are of several
                environments that are not told apart. Environments are checked only: the graph
                states what changes.
            feature_names (list, optional): The names of columns. By default they are those of the
                data frame; columns of an array are the variables of the graph in their natural
                order, such as X1, X2, X10.

        Raises:
            ValueError: If the graph has a cycle or the target is adjacent to the environment,
                columns are missing, constant or not finite, there is only one environment, or an
                argument of the constructor is invalid.
        """
        check_options(self)
        frame = hasattr(X, "columns")
        table: Any = X if frame else read_table(X)[0]
        given = list(feature_names) if feature_names is not None else None
        if given is None and frame:
            given = list(table.columns)
        graph = graph_of(self, table, given, y, env)
        parts = causal_components(graph, self.target, self.env)
        variables = naturally_sorted([node for node in graph if node != self.target])
        variables.remove(self.env)
        given = check_columns(variables, given, table.shape[1])
        env = environments_in(table, given, self.env) if env is None else env
        x = read_table(pick_columns(table, given, variables))[0]
        y = read_target(y, len(x))
        check_rows(len(x), env)
        self.graph_, self.components_, self.mutable_ = graph, parts, parts["mutable"]
        self.condition_holds_ = minimax_condition(graph, self.target, self.env)
        self._given, self._variables = given, variables
        self._table = CausalTable.build(graph, self.target, self.env, x, variables, y)
        self._estimator = self._prepare(self._table)
        self._select(self._estimator)
        self.n_features_in_ = len(given)
        if frame and all(isinstance(name, str) for name in given):
            self.feature_names_in_ = np.array(given, dtype=object)
        return self

    def predict(self, X: Any) -> Any:
        r"""Predictions :math:`(n)`, as a tensor if the variables are one.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The variables, with the columns of
                :meth:`fit`.

        Raises:
            ValueError: If there are other columns, or numbers are not finite.
        """
        self._check_fitted()
        found = self._predictions(self._function, X)[:, 0]
        return torch.from_numpy(found) if isinstance(X, Tensor) else found

    def predict_classes(self, X: Any) -> np.ndarray:
        r"""Predictions :math:`(n, C)` of all sets that were compared, in the order of ``classes_``.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The variables, with the columns of
                :meth:`fit`.
        """
        self._check_fitted()
        return self._predictions(self._functions, X)

    def score(self, X: Any, y: Any, env: Any = None) -> float:
        r"""The smallest :math:`R^2` of an environment, or that of all rows.

        Args:
            X (DataFrame, numpy.ndarray or torch.Tensor): The variables :math:`(n, d)`.
            y (array): The target :math:`(n)`.
            env (array, optional): The environment of each row :math:`(n)`. By default it is the
                column of the environment in :obj:`X`, if there is one.
        """
        predicted = self.predict(X)
        env = environments_in(X, self._given, self.env) if env is None else env
        return worst_env_score(read_target(y, len(predicted)), predicted, env)

    def _prepare(self, table: CausalTable) -> RiskEstimator:
        """Fits the structural equations, which all sets share."""
        seeds = torch.Generator().manual_seed(seed_from(self.random_state))
        part, residuals = REGENERATE[self.regenerate]
        regress = REGRESSORS.get(self.regressor, self.regressor)  # type: ignore[arg-type]
        values = torch.from_numpy(table.values).float()
        fold = torch.randperm(len(values), generator=seeds) % _FOLDS
        target = table.order.index(self.target)
        mutable = table.columns(self.mutable_)
        model = fit_structure(
            table.parents, mutable, target, values, regress, fold, seeds, residuals
        )
        return RiskEstimator(
            model,
            [i for i in range(len(table.order)) if i != target],
            regress,
            fold,
            table.columns(self.components_[part]),
            float(self.shift_budget),
            int(self.n_restarts),
            int(torch.randint(2**31, (), generator=seeds)),
            steps=self._steps,
            interventions=self._interventions,
        )

    def _select(self, estimator: RiskEstimator) -> None:
        """Compares sets, and fits the predictors of all rows."""
        graph, stable = self.graph_, self.components_["stable"]
        outside = interventional_graph(graph, [*self.mutable_, self.env])

        def inputs(subsets: Sequence[frozenset[Hashable]]) -> list[list[int]]:
            return [self._table.columns(subset | self.mutable_) for subset in subsets]

        if self.condition_holds_:
            # The rest of the stable variables tells nothing more.
            boundary = markov_boundary(outside, self.target, stable)
            found = {boundary: estimator.risks(inputs([boundary]))[0]}
            self.classes_, used = [stable], [boundary]
        else:
            found = search_subsets(
                outside,
                self.target,
                naturally_sorted(list(stable)),
                lambda subsets: estimator.risks(inputs(subsets)),
                self.search,
                self.max_classes,
            )
            self.classes_ = used = list(found)
        unit = self._table.scale[estimator.model.target] ** 2
        self.risks_ = [Risk(*(unit * value for value in risk)) for risk in found.values()]
        best = min(range(len(used)), key=lambda i: self.risks_[i].estimate)
        self.selected_ = self.classes_[best]
        rows = torch.arange(len(estimator.model.values))
        self._functions = estimator.fit(inputs(used), rows)
        self._function = self._functions.pick(best)
        self.worst_intervention_ = WorstIntervention.find(estimator, self._function, self._table)

    def _predictions(self, functions: HiddenLayer, table: Any) -> np.ndarray:
        """Predictions :math:`(n, C)` in the units of the target."""
        x = columns_of_fit(table, self._given, self._variables, type(self).__name__)
        own, target = self._table, self._estimator.model.target
        inputs = torch.from_numpy(own.standardised(x, self._variables))
        found = functions.map(torch.Tensor.double)(inputs).T.numpy()
        return found * own.scale[target] + own.mean[target]
