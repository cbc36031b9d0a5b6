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
    held = [c for c in cooks if c.split == args.split]
    overall = float(np.mean([c.score for c in train]))
    dishes: dict[str, dict[str, list[float]]] = {}
    covered = []
    for cook in held:
        of_dish = float(np.mean([c.score for c in train if c.dish == cook.dish]))
        q = scores(session, cook)
        row = dishes.setdefault(cook.dish, {})
        for share in SHARES:
            at = min(len(q) - 1, int(share * len(q)) - 1)
            row.setdefault(f"at_{share:.0%}".replace("%", ""), []).append(abs(float(q[at, 2]) - cook.score))
        # Hops → cook → dish, so that a long braise does not drown a stir-fry.
        row.setdefault("all", []).append(float(np.abs(q[:, 2] - cook.score).mean()))
        row.setdefault("constant_overall", []).append(abs(overall - cook.score))
        row.setdefault("constant_dish", []).append(abs(of_dish - cook.score))
        covered.append(float(((q[:, 0] <= cook.score) & (cook.score <= q[:, 4])).mean()))
    by_dish = {d: {k: round(float(np.mean(v)), 2) for k, v in row.items()} | {"cooks": len(row["all"])} for d, row in dishes.items()}
    mean = {k: round(float(np.mean([row[k] for row in by_dish.values()])), 2) for k in next(iter(by_dish.values())) if k != "cooks"}
    figures = {
        "what": f"mean absolute error of the final technique score on {len(held)} held-out simulated cooks ({args.split}), averaged hops, cooks, dishes; exported model stepped hop by hop on a CPU",
        "mae": mean,
        "by_dish": by_dish,
        "coverage_of_the_90_percent_interval": round(float(np.mean(covered)), 3),
    }
    args.out.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
