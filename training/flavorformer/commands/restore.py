"""Makes a checkpoint of a shipped edition's ONNX file again, as checkpoints are not shipped, and the tokens of cooks that its encoders give.

For probes of its layers, and for ablations and baselines over its tokens. `train` does not go on from them.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from ..shards import load
from ..stages import keep
from ..step import Flavorformer
from .export import hold
from .train import say
from .wokd import ROOT

# What the exporter folded into constants: their names in the shipped file, and the parameter from them. Of a sum the first part has all,
# of a product with a start that was learned too the start stays as it began: the model says the same.
FOLDED = {
    "thermal.activation": ("div_4", lambda v: v * 8.314 / 1e5),
    "norm.compression": ("div_8", lambda v: np.log(2 * v / (1 - 2 * v))),
    "norm.gain": ("tmp_2", np.asarray),
    "norm.plain": ("tmp_3", np.asarray),
    "fuse.score.weight": ("permute", np.transpose),
    "fuse.score.bias": ("add_708", lambda v: np.zeros(1)),
    "fuse.bias": ("add_708", np.asarray),
    "time.mix": ("unsqueeze_12", lambda v: v.ravel() * [1, 3.14, 100]),
    "time.toss": ("unsqueeze_12", lambda v: 3.14),
    "time.dose": ("unsqueeze_12", lambda v: 0.01),
    "lstm.bias_ih_l0": ("add_894", np.asarray),
    "lstm.bias_hh_l0": ("add_894", np.zeros_like),
    "memory.temperature": ("select_4 select_5", lambda *v: np.array(v)),
    "memory.value.weight": ("permute_1", np.transpose),
    "heads.capsules.bias": ("view_23", np.asarray),
}


def weights(file: Path, spread: list[float]) -> dict[str, torch.Tensor]:
    """The state of a Flavorformer from its ONNX file and the spread of its card; raises SystemExit where one is not to be found."""
    graph = onnx.load(file).graph
    held = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    wanted = Flavorformer().state_dict()
    found = {name: held[name] for name in wanted if name in held} | {"heads.spread": np.array(spread)}
    # A slope feeds the product whose bias is its β₀.
    for node in graph.node:
        if node.op_type == "Gemm" and len(node.input) == 3 and node.input[2].endswith(".beta"):
            found[node.input[2].removesuffix("beta") + "slope"] = held[node.input[1]]
    for name, (constants, how) in FOLDED.items():
        if held.keys() >= set(constants.split()):
            found[name] = how(*(held[constant] for constant in constants.split()))
    if lacking := wanted.keys() - found.keys():
        raise SystemExit(f"{file} does not hold {', '.join(sorted(lacking))} under names that are known here: it was exported by other code")
    return {name: torch.tensor(np.array(found[name]), dtype=like.dtype).reshape(like.shape) for name, like in wanted.items()}


def restored(folder: Path) -> dict:
    """The checkpoint of the edition in a folder, as `train` would have kept it; refuses one that says something else than its golden steps."""
    card = json.loads((folder / "base.json").read_text())
    model = Flavorformer()
    model.load_state_dict(weights(folder / "base.onnx", card["spread"]))
    hold(model, folder, "its files are not of one export, or it was exported by other code")
    known = {"feature_id": card["feature_id"], "data": card["trained_on"], "constants": card["constants"], "minutes": card["training"]["minutes"]}
    return {"model": model.state_dict(), **known}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--models", type=Path, default=ROOT / "deploy" / "models", help="the folder of base.onnx, its card and its golden steps")
    parser.add_argument("--features", type=Path, nargs="+", help="folders written by `wokd features`, whose cooks' tokens are kept beside the checkpoint")
    parser.add_argument("--threads", type=int, default=keep.THREADS)
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint")


def run(args: argparse.Namespace) -> None:
    """Writes the checkpoint, and with --features the file of its name with .tokens."""
    torch.set_num_threads(args.threads)
    tokens = args.out.with_suffix(".tokens")
    if there := [str(file) for file in (args.out, tokens) if file.exists()]:
        raise SystemExit(f"{' and '.join(there)} would be written over; give another --out")
    saved = restored(args.models)
    if not args.features:
        keep.save(saved, args.out)
        return
    train, feature_id = load(args.features, "train")
    val, _ = load(args.features, "val")
    if feature_id != saved["feature_id"]:
        raise SystemExit(f"the cooks are of features {feature_id}, the edition of {saved['feature_id']}: write them with the wokd that it was trained for")
    model = Flavorformer().eval()
    model.load_state_dict(saved["model"])
    made = keep.identity(feature_id, keep.cooked(train), keep.cooked(val), keep.encoders(saved["model"]))
    keep.save(keep.embedded(model, train, val, say) | {"made": made, "feature_id": feature_id, "minutes": 0.0}, tokens)
    keep.save(saved, args.out)
