"""Writes the dashboards: python3 deploy/grafana/generate. With a folder it writes them there."""

import json
import sys
from pathlib import Path

import clocks
import history
import inference
import live
import rig

OWN = Path(__file__).resolve().parent.parent / "dashboards"


def main() -> None:
    """Writes every dashboard."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OWN
    folder.mkdir(parents=True, exist_ok=True)
    for module in (live, history, rig, clocks, inference):
        made = module.make()
        text = json.dumps(made, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{made['uid'].removeprefix('wokd-')}.json").write_text(text, encoding="utf-8")


main()
