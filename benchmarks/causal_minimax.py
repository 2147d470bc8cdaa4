"""Causal minimax subsets on published data: estimated and true risks, one correction at a time.

The folder of the data holds `simulation/` and `impc/mouse.csv` of the published code. Results are
kept in ``runs/benchmarks/causal_minimax``: started again, it goes on where it was.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from causal_minimax_data import SPLITS, Split, read_mice, read_simulation
from causal_minimax_report import report
from harness import cached

from pyg_symm.causal import CausalMinimaxRegressor, baselines_of, worst_env_report
from pyg_symm.causal.interventions import BoundedInterventions
from pyg_symm.causal.mlp import fit_mlp, random_weights
from pyg_symm.causal.ridge import fit_ridge
from pyg_symm.causal.structure import Fit


def constant_weights(mask: torch.Tensor, hidden: int, generator: torch.Generator) -> Any:
    """All weights one and all shifts zero, so that all hidden units stay the same."""
    drawn = random_weights(mask, hidden, generator)
    return {
        name: torch.full_like(value, float(name in ("weight", "out")))
        for name, value in drawn.items()
    }


class ConstantInterventions(BoundedInterventions):
    """All weights start at one and all shifts at zero: there is one start only."""

    def initial(
        self, restarts: int, inputs: int, hidden: int, generator: torch.Generator
    ) -> list[torch.Tensor]:
        drawn = super().initial(restarts, inputs, hidden, generator)
        return [torch.full_like(value, float(i % 2 == 0)) for i, value in enumerate(drawn[:3])] + [
            torch.zeros_like(drawn[3])
        ]


class Measured(CausalMinimaxRegressor):
    """The regressor with fewer steps, beside it the set of all stable variables."""

    _steps = 60

    def whole(self) -> Any:
        """The functions and the risk of all stable variables."""
        sets = [self._estimator.inputs]
        self._everything = self._estimator.fit(sets, torch.arange(len(self._table.values)))
        return self._estimator.risks(sets)[0]

    def predict_all(self, x: np.ndarray) -> np.ndarray:
        """Predictions of all classes, and of all stable variables in the last column."""
        return np.hstack([self.predict_classes(x), self._predictions(self._everything, x)])


class MeasuredConstant(Measured):
    _interventions = ConstantInterventions


def variants(features: int) -> dict[str, tuple[type[Measured], dict[str, Any]]]:
    """What is measured: all corrections, and each but one."""
    rff: Fit = partial(fit_ridge, num_features=features)
    constant: Fit = partial(fit_mlp, initial=constant_weights)
    return {
        "all corrections": (Measured, {"regressor": rff}),
        "no residuals": (Measured, {"regressor": rff, "regenerate": "means"}),
        "shuffled stable variables": (Measured, {"regressor": rff, "regenerate": "official"}),
        "all corrections, networks": (Measured, {"regressor": "mlp"}),
        "constant start, networks": (MeasuredConstant, {"regressor": constant}),
    }


def run(split: Split, kind: type[Measured], options: dict[str, Any], seed: int) -> dict[str, Any]:
    """Estimated risks of all sets, and their errors in each test environment, for variance one."""
    begin = time.process_time()
    model = kind(split.graph, random_state=seed, **options)
    model.fit(split.x, split.y, split.env, feature_names=split.names)
    whole, seconds = model.whole(), time.process_time() - begin
    unit = split.y.var()
    shared, own = [], []
    for x, y in split.test:
        shared.append(np.square(model.predict_all(x) - y[:, None]).mean(0) / unit)
        # Test rows with the means and deviations of the test environment, labels included.
        mean, scale = split.x.mean(0), split.x.std(0)
        moved = mean + scale * (x - x.mean(0)) / x.std(0)
        predicted = (model.predict_all(moved) - split.y.mean()) / split.y.std()
        own.append(np.square(predicted - ((y - y.mean()) / y.std())[:, None]).mean(0))
    risks = [type(whole)(*(value / unit for value in risk)) for risk in model.risks_] + [whole]
    return {
        "classes": [sorted(map(str, subset)) for subset in model.classes_],
        "selected": sorted(map(str, model.selected_)),
        "estimates": [float(r.estimate) for r in risks],
        "lower": [float(r.lower) for r in risks],
        "errors": [float(r.standard_error) for r in risks],
        "true": np.array(shared).T.tolist(),
        "own": np.array(own).T.tolist(),
        "seconds": seconds,
    }


def run_baselines(split: Split, features: int) -> dict[str, Any]:
    """The errors of baselines and of the training mean in each test environment."""
    unit = split.y.var()
    env = np.concatenate([np.full(len(y), e) for e, (_, y) in enumerate(split.test)])
    x, y = (np.concatenate(parts) for parts in zip(*split.test, strict=True))
    found = {"training mean": np.full(len(y), split.y.mean())}
    for name, model in baselines_of(split.graph, num_features=features).items():
        if name == "parents only" and not model.variables:
            continue  # The target has no parents: the training mean.
        model.fit(split.x, split.y, split.env, feature_names=split.names)
        found[name] = np.asarray(model.predict(x))
    return {
        name: [e / unit for e in worst_env_report(y, pred, env).errors.values()]
        for name, pred in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published data")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks/causal_minimax"))
    parser.add_argument("--features", type=int, default=64, help="random Fourier features")
    parser.add_argument("--variants", nargs="*", help="what is measured (default: everything)")
    parser.add_argument("--mice", type=int, default=45, help="splits of the mice, evenly spread")
    parser.add_argument("--report", action="store_true", help="only write the tables")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder.mkdir(parents=True, exist_ok=True)
    file = args.folder / "results.json"
    chosen = variants(args.features)
    splits = [read_simulation(args.data, name) for name in SPLITS]
    mice = read_mice(args.data)
    splits += [mice[i] for i in np.linspace(0, len(mice) - 1, args.mice).round().astype(int)]
    for name in args.variants or [] if args.report else (args.variants or [*chosen, "baselines"]):
        for split in splits:
            key = f"{name}|{split.data}|{split.name}"
            if name == "baselines":
                cached(file, key, lambda s=split: run_baselines(s, args.features))
            else:
                kind, options = chosen[name]
                cached(file, key, lambda s=split, k=kind, o=options: run(s, k, o, 0))
            print(key, flush=True)
    text = report(json.loads(file.read_text()), args.folder)
    (args.folder / "table.md").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
