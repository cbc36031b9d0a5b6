"""Steps the exported model hop by hop over held-out cooks and compares it with constants."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort

from data import Cook, load
from flavorformer import STATE

SHARES = (0.25, 0.5, 0.75, 1.0)


def scores(session: ort.InferenceSession, cook: Cook) -> np.ndarray:
    """Score quantiles of every hop: [N, 5]."""
    state = {f"s_{k}": np.zeros((1, *shape), np.float64 if k == "phase" else np.float32) for k, shape in STATE.items()}
    names = ["score", *(f"n_{k}" for k in STATE)]
    rows = {k: v.astype(np.float32) for k, v in cook.rows.items()}
    fixed = {"recipe": cook.recipe[None].astype(np.float32), "bypass": np.zeros((1, 1), np.float32), "hops": np.ones((1, 1), np.float32)}
    rename = {"eeg": "eeg_new", "mel": "mel_new"}
    out = []
    for i in range(len(cook.hop)):
        x = {rename.get(k, k): v[i : i + 1] for k, v in rows.items()}
        score, *after = session.run(names, {**x, **fixed, "reset": np.float32([[i == 0]]), **state})
        state = dict(zip(state, after, strict=True))
        out.append(score[0])
    return np.stack(out)


def measured(session: ort.InferenceSession, cook: Cook, constants: dict[str, float]) -> dict[str, float]:
    """Absolute errors of one cook's final score: at shares of the cook, over all hops, of constants; and the interval's coverage."""
    q = scores(session, cook)
    row = {f"at_{share * 100:.0f}": abs(float(q[max(0, int(share * len(q)) - 1), 2]) - cook.score) for share in SHARES}
    row["all"] = float(np.abs(q[:, 2] - cook.score).mean())
    row |= {name: abs(value - cook.score) for name, value in constants.items()}
    row["coverage"] = float(((q[:, 0] <= cook.score) & (cook.score <= q[:, 4])).mean())
    return row


def by_dish(rows: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    """Mean over cooks, then over dishes, so that a long braise does not drown a stir-fry."""
    keys = next(iter(rows.values()))[0]
    return {k: float(np.mean([np.mean([row[k] for row in of_dish]) for of_dish in rows.values()])) for k in keys}


def gains(rows: dict[str, list[dict[str, float]]], rng: np.random.Generator) -> dict[str, list[float]]:
    """How much smaller the error is than that of the dish's constant: mean and 95 % interval, cooks drawn anew within each dish 2,000 times."""
    out = {}
    for key in (*(f"at_{share * 100:.0f}" for share in SHARES), "all"):
        of_dish = [np.array([row["constant_dish"] - row[key] for row in rs]) for rs in rows.values()]
        drawn = [np.mean([rng.choice(v, len(v)).mean() for v in of_dish]) for _ in range(2000)]
        low, high = np.percentile(drawn, [2.5, 97.5])
        out[key] = [round(float(v), 2) for v in (np.mean([v.mean() for v in of_dish]), low, high)]
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="folders written by `wokd features`")
    parser.add_argument("--model", type=Path, default=Path(__file__).parent.parent / "deploy" / "models" / "base.onnx")
    parser.add_argument("--split", default="test")
    parser.add_argument("--out", type=Path, required=True, help="figures, as JSON")
    args = parser.parse_args()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])
    cooks, _ = load(args.data)
    train = [c for c in cooks if c.split == "train"]
    rows: dict[str, list[dict[str, float]]] = {}
    for cook in (c for c in cooks if c.split == args.split):
        # The medians of what was trained on are the best constants for an absolute error.
        of_dish = [c.score for c in train if c.dish == cook.dish]
        constants = {"constant_overall": float(np.median([c.score for c in train])), "constant_dish": float(np.median(of_dish))}
        rows.setdefault(cook.dish, []).append(measured(session, cook, constants))
    count = sum(len(rs) for rs in rows.values())

    def rounded(values: dict[str, float]) -> dict[str, float]:
        return {k: round(v, 3 if k == "coverage" else 2) for k, v in values.items()}

    figures = {
        "what": (
            f"mean absolute error of the final technique score on {count} held-out simulated cooks ({args.split}), "
            "averaged hops, cooks, dishes; exported model stepped hop by hop on a CPU; "
            "coverage is that of the 90 % interval; constants are medians of the training cooks"
        ),
        "mean": rounded(by_dish(rows)),
        "gain_over_constant_dish": {"what": "mean, and 95 % interval by bootstrap over cooks", **gains(rows, np.random.default_rng(1))},
        "by_dish": {d: {"cooks": len(rs), **rounded(by_dish({d: rs}))} for d, rs in sorted(rows.items())},
    }
    args.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
