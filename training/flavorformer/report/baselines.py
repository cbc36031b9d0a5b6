"""Baselines that know plain running statistics: what the network must beat.

All predict how far the final score lies from the training median of its dish, so that a baseline that learns nothing is the dish median.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from . import forecasts, warped
from .bootstrap import column, complete, stated
from .errors import SHARES, Errors, paired
from .forecasts import KEYS, constants, medians, shuffled
from .shards import CLOCK, FEATURES, Statistics

Model = Callable[[np.ndarray], np.ndarray]


# Folds of cooks that choose the ridge's penalty; one cook of so many stops the boosting.
FOLDS, HELD = 5, 10


def ridge(folds: list | None = None):
    """Least squares with a penalty chosen on cooks left out, folds as GroupKFold gives them, or else on rows (Hoerl & Kennard 1970)."""
    return make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 13), cv=folds))


def boosting(seed: int):
    """Gradient boosting of the absolute error (Friedman 2001), stopped early on the cooks that `fit` is given beside."""
    return HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=300, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=20, early_stopping=True, random_state=seed
    )


def forest(seed: int, threads: int):
    """麻辣随机森林: a random forest (Breiman 2001)."""
    return RandomForestRegressor(n_estimators=200, min_samples_leaf=5, max_features=0.33, n_jobs=threads, random_state=seed)


def fit(train: Statistics, seed: int = 1, threads: int = 1) -> dict[str, Model]:
    """All baselines by name, each a function of statistics [rows, FEATURES] to points above the dish's median [rows]."""
    x = train.x.reshape(-1, FEATURES)
    known = ~np.isnan(x).any(axis=1)
    base, weight = constants(medians(train), train.dish), np.repeat(forecasts.weights(train.dish), len(SHARES))[known]
    # The rows of a cook share its score: what is chosen is chosen on other cooks, never on other rows of the same.
    cook = np.repeat(np.arange(len(train.score)), len(SHARES))[known]
    folds = list(GroupKFold(min(FOLDS, len(train.score))).split(cook, groups=cook))
    held = cook % HELD == HELD - 1

    def learnt(model, scores: np.ndarray, columns: slice = slice(None)) -> Model:
        rows, y = x[known][:, columns], np.repeat(scores - base, len(SHARES))[known]
        # Threads that wait for each other in turns crawl on cores that others use too.
        with threadpool_limits(threads):
            if isinstance(model, HistGradientBoostingRegressor):
                beside = {"X_val": rows[held], "y_val": y[held], "sample_weight_val": weight[held]}
                model.fit(rows[~held], y[~held], weight[~held], **beside)
            else:
                name = model.steps[-1][0] + "__sample_weight" if hasattr(model, "steps") else "sample_weight"
                model.fit(rows, y, **{name: weight})
        return lambda rows: model.predict(rows[:, columns])

    dealt = shuffled(train, np.random.default_rng(seed))
    return {
        "dish median": lambda rows: np.zeros(len(rows)),
        "clock and recipe": learnt(boosting(seed), train.score, CLOCK),
        "features, ridge": learnt(ridge(folds), train.score),
        "麻辣随机森林 random forest": learnt(forest(seed, threads), train.score),
        "gradient boosting": learnt(boosting(seed), train.score),
        "shuffled labels": learnt(ridge(folds), dealt),
    }


def errors(models: dict[str, Model], train: Statistics, test: Statistics) -> dict[str, Errors]:
    """Absolute errors in points of every baseline on test cooks, at SHARES of the cook, laid out as those of the model."""
    base = constants(medians(train), test.dish)
    flat = test.x.reshape(-1, FEATURES)
    known = ~np.isnan(flat).any(axis=1)
    out = {}
    for name, model in models.items():
        said = np.full(len(flat), np.nan)
        with threadpool_limits(1):
            said[known] = model(flat[known])
        out[name] = forecasts.errors(said.reshape(len(test.score), -1) + base[:, None], base, test)
    return out


def at_shares(errors: Errors, values: np.ndarray) -> np.ndarray:
    """The columns of SHARES among those of `errors`: [n, k] → [n, 4], points."""
    return values[:, [errors.index(key) for key in KEYS]]


def mean_of_shares(means: np.ndarray) -> np.ndarray:
    """The mean over SHARES from column means [..., 4]."""
    return means.mean(axis=-1)


def figures(of: dict[str, Errors], model: Errors | None = None) -> dict:
    """Mean errors over SHARES and at each of them, points; and how much larger than the model's on the same cooks, with intervals.

    The shuffled labels must fall to the dish median: their gain over it should hold nothing (`over_constant`). Differences are taken
    cook by cook, so that where one side said nothing the pair is left out, not one of its halves.
    """
    out: dict = {"what": "absolute error of the final score at 25, 50, 75 and 100 % of the cook, points; baselines learn from the sensed cooks alone", "of": {}}
    for name, own in of.items():
        i = own.index("constant")
        row: dict = {
            "error": stated({d: at_shares(own, v) for d, v in own.values.items()}, mean_of_shares),
            "over_constant": stated({d: at_shares(own, v) - v[:, [i]] for d, v in own.values.items()}, mean_of_shares),
            **{key: stated(own.values, column(own.index(key))) for key in KEYS},
        }
        if model is not None and (both := paired(model, own)):
            k = len(model.columns)
            differences = {d: at_shares(own, v[:, k:]) - at_shares(model, v[:, :k]) for d, v in both.items()}
            row["gain"] = stated(differences, mean_of_shares)
            row["gains"] = {key: stated(complete(differences, [i]), column(i)) for i, key in enumerate(KEYS)}
        out["of"][name] = row
    gains = [row["gain"] for row in out["of"].values() if "gain" in row]
    if gains:
        # A gain that nobody could measure is not won.
        out["least_gain"] = min(gains, key=lambda g: np.nan_to_num(g["low"], nan=-np.inf))
    return out


def save(of: dict[str, Errors], file: Path) -> None:
    """Writes the errors of every cook as JSON, for `html.write`."""
    rows = {
        name: {"columns": e.columns, "seeds": {d: v.tolist() for d, v in e.seeds.items()}, "values": {d: v.tolist() for d, v in e.values.items()}}
        for name, e in of.items()
    }
    file.write_text(json.dumps(rows, ensure_ascii=False))


def read(file: Path) -> dict[str, Errors]:
    """The errors that `save` wrote."""
    return {
        name: Errors(
            {d: np.array(v) for d, v in row["seeds"].items()}, {d: np.array(v, float) for d, v in row["values"].items()}, tuple(row["columns"])
        )
        for name, row in json.loads(file.read_text()).items()
    }


def measure(train: Statistics, test: Statistics, seed: int = 1, threads: int = 1) -> dict[str, Errors]:
    """The errors on test cooks of all baselines that need no PyTorch, by name."""
    return errors(fit(train, seed, threads), train, test) | {"time-warped scripts": warped.errors(train, test)}
