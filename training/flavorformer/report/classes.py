"""回甘: the class of the score at flame-off and LATER_S later against that of the final truth, as a classification report.

The cuts are a design choice: fixed, the same for every dish, about the terciles of what simulated chefs reach.
"""

from collections.abc import Iterable

import numpy as np

from .bootstrap import stated
from .cooks import Cook
from .phases import macro_f1

CUTS = (50.0, 75.0)
CLASSES = ("below 50", "50 to 75", "above 75")
LATER_S = 20.0
MOMENTS = {"flame_off": "at flame-off", "later": f"{LATER_S:g} s after"}
HEAD = ["Class of the score 分级", "Cooks", "Said", "Right", "Precision", "Recall", "F1"]


def class_of(points: float) -> int:
    """The class of a score (0–100), as a place in CLASSES; both cuts belong to the middle."""
    return int(points >= CUTS[0]) + int(points > CUTS[1])


def of_cook(cook: Cook) -> np.ndarray | None:
    """One cook's true class by the class said at each of MOMENTS, a single 1 in each matrix: [2, 3, 3]; None if it does not last so long."""
    off = cook.flame_off()
    if off is None or cook.at[-1] < cook.at[off] + LATER_S - 1e-6:
        return None
    later = cook.after_off(LATER_S)
    out = np.zeros((len(MOMENTS), len(CLASSES), len(CLASSES)))
    for moment, row in enumerate((off, later)):
        out[moment, class_of(cook.reference), class_of(cook.median[row])] = 1
    return out


def report(matrices: np.ndarray) -> dict:
    """Precision, recall and F1 of each class with counts, accuracy and macro-F1, from matrices of truth by said [n, 3, 3]."""
    k = len(CLASSES)
    whole = matrices.sum(axis=0).astype(int)
    flat = {"all": matrices.reshape(len(matrices), -1)}

    def ratio(i: int, above: int, *below: int) -> dict[str, float]:
        """`above` times the hits of a class over its sums along the axes `below`: of truth (-1), of what was said (-2)."""

        def figure(means: np.ndarray) -> np.ndarray:
            m = means.reshape(*means.shape[:-1], k, k)
            return above * m[..., i, i] / sum(m.sum(axis=axis)[..., i] for axis in below)

        return stated(flat, figure)

    return {
        "classes": {
            name: {
                "cooks": int(whole[i].sum()),
                "said": int(whole[:, i].sum()),
                "right": int(whole[i, i]),
                "precision": ratio(i, 1, -2),
                "recall": ratio(i, 1, -1),
                "f1": ratio(i, 2, -1, -2),
            }
            for i, name in enumerate(CLASSES)
        },
        "accuracy": stated(flat, lambda m: np.trace(m.reshape(*m.shape[:-1], k, k), axis1=-2, axis2=-1)),
        "macro_f1": stated(flat, lambda m: macro_f1(m.reshape(*m.shape[:-1], k, k))),
    }


def figures(cooks: Iterable[Cook]) -> dict:
    """The report of both moments over the same cooks; those without flame-off, or that end sooner than LATER_S after it, are counted."""
    found = [of_cook(cook) for cook in cooks]
    lasting = [row for row in found if row is not None]
    return {
        "what": f"class of the median score against that of the final truth; cut at {CUTS[0]:g} and {CUTS[1]:g} points, a design choice; cooks of all "
        "dishes together",
        "cooks": len(lasting),
        "left_out": len(found) - len(lasting),
        "of": {name: report(np.stack(lasting)[:, i]) for i, name in enumerate(MOMENTS)} if lasting else {},
    }


def rows(found: dict) -> list[list[str | dict]]:
    """The rows of the table with the head HEAD; a cell is text, or a value with its interval."""
    out: list[list[str | dict]] = []
    for moment, words in MOMENTS.items():
        of = found["of"][moment]
        for name, row in of["classes"].items():
            out.append([f"{words}: {name}", *(str(row[key]) for key in ("cooks", "said", "right")), *(row[key] for key in ("precision", "recall", "f1"))])
        right = str(sum(row["right"] for row in of["classes"].values()))
        # Over all classes the share of right ones is precision and recall alike; F1 is the mean of the classes'.
        out.append([f"{words}: all", str(found["cooks"]), str(found["cooks"]), right, of["accuracy"], of["accuracy"], of["macro_f1"]])
    return out
