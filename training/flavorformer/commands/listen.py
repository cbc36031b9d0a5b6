"""Names recorded sounds by a probe that simulated cooks alone taught and tuned; a JSON file that report takes as --more."""

import argparse
import json
from pathlib import Path

from .. import hearing, shards
from ..report import sounds
from ..report.figures import written


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("clips", type=Path, help="folder written by `wokd listen`; its clips lay in folders named after their sound")
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="folders of features, of training and validation cooks")
    parser.add_argument("--out", type=Path, required=True)


def clip(probe: hearing.Probe, folder: Path, row: dict) -> sounds.Clip:
    """One clip of the index as the probe hears it."""
    of = shards.Rows(folder / row["file"])
    said = probe.clip(hearing.inputs(of["mel"]))
    named = probe.names(said)
    return sounds.Clip(
        folder=row["name"].split("/")[0],
        said=dict(zip(hearing.SOUNDS, map(float, said), strict=True)),
        named=sounds.NONE if named is None else hearing.SOUNDS[named],
        seconds=row["seconds"],
        cues=of.header["fired_kind"]["shape"][0],
    )


def run(args: argparse.Namespace) -> None:
    """Teaches the probe, names the clips, writes the figures and prints the matrix."""
    index = json.loads((args.clips / "index.json").read_text())
    taught = {}
    for split in ("train", "val"):
        cooks, feature_id = shards.load(args.train, split)
        if feature_id != index["feature_id"]:
            raise SystemExit(f"{args.clips} holds other features than the cooks; write both with one wokd")
        taught[split] = hearing.gather(cooks)
    probe, reached = hearing.choose(taught["train"], taught["val"])
    how = {"inputs": probe.inputs, "strength": probe.strength, "threshold": probe.threshold, "validation": reached}
    heard = {row["name"]: clip(probe, args.clips, row) for row in index["clips"]}
    found = sounds.figures(heard.values(), how)
    found["model_sha256"] = index["model_sha256"]
    found["clips"] = {name: {"said": c.said, "named": c.named, "cues": c.cues} for name, c in heard.items()}
    args.out.write_text(json.dumps(written({"sounds": found}), indent=2, ensure_ascii=False) + "\n")
    for row in [sounds.head(found), *sounds.rows(found)]:
        cells = (c if isinstance(c, str) else f"{c['value']:.2f} [{c['low']:.2f}, {c['high']:.2f}]" for c in row)
        print("\t".join(cells))
