"""Linear probes: what can be read off frozen numbers by a weighted sum (Alain & Bengio 2017)."""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ..report.baselines import ridge
from ..report.bootstrap import stated
from .bench import by_dish
from .columns import auc, auc_row, edges, r2, r2_row

Probe = Callable[[np.ndarray], np.ndarray]


def fitted(x: np.ndarray, y: np.ndarray) -> Probe:
    """Logistic regression where y [n] is bool, ridge where it is a number: x [n, D] → a function of x to a score [n]."""
    yes_or_no = y.dtype == bool
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=300)) if yes_or_no else ridge()
    with threadpool_limits(1):
        model.fit(x, y)
    return model.decision_function if yes_or_no else model.predict


def judged(dishes: list[str], said: dict[str, list[np.ndarray]], true: list[np.ndarray]) -> dict:
    """AUC (bool truths) or R² of each way of saying it, and of the first less the second, with intervals over cooks.

    dishes, and each list of arrays [n], have one entry a cook.
    """
    if yes_or_no := true[0].dtype == bool:
        at = {name: edges(np.concatenate(of)) for name, of in said.items()}
        rows = [np.concatenate([auc_row(of[i], t, at[name]) for name, of in said.items()]) for i, t in enumerate(true)]
    else:
        rows = [np.concatenate([r2_row(of[i], t) for of in said.values()]) for i, t in enumerate(true)]
    measure, values = auc if yes_or_no else r2, by_dish(dishes, rows)
    k = len(rows[0]) // len(said)

    def of(i: int) -> Callable[[np.ndarray], np.ndarray]:
        return lambda m: measure(m[..., i * k : (i + 1) * k])

    out = {name: stated(values, of(i)) for i, name in enumerate(said)}
    return {"measure": "AUC" if yes_or_no else "R²", **out, "gain": stated(values, lambda m: of(0)(m) - of(1)(m))}
