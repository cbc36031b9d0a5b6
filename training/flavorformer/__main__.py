"""`python -m flavorformer COMMAND`: what makes the model, judges it and lets it be heard."""

import argparse
import importlib
import sys

COMMANDS = {
    "data": "simulate the cooks to train on and write their features",
    "train": "train from nothing, stage by stage",
    "search": "try other settings of stage C on a GPU",
    "ablate": "train with one layer left out at a time, paired by seed",
    "calibrate": "widen the intervals and choose when cues fire, by cooks of their own",
    "export": "write the ONNX step with its card and golden vectors",
    "restore": "make a checkpoint of the shipped ONNX file again",
    "evaluate": "run held-out cooks of every variant through the exported model",
    "baselines": "measure what the model must beat on the same test cooks",
    "bound": "measure what networks know that are told exactly what sensors only hint at",
    "runtime": "time the exported step",
    "report": "judge what evaluate wrote: gates, tables and pictures on one page",
    "card": "put a report's figures on the model's card",
    "probe": "measure what the model's parts know and what moves its score",
    "listen": "name recorded sounds by a probe that simulated cooks alone taught",
    "sonify": "make a training or a cook heard",
}


def main() -> None:
    """Command line; only the chosen command's file is loaded, as half of them need no PyTorch."""
    lines = "\n".join(f"  {name:10} {what}" for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(prog="python -m flavorformer", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=f"commands:\n{lines}")
    parser.add_argument("command", choices=COMMANDS)
    name = parser.parse_args(sys.argv[1:2]).command
    module = importlib.import_module(f"{__package__}.commands.{name}")
    own = argparse.ArgumentParser(prog=f"python -m flavorformer {name}", description=module.__doc__)
    module.arguments(own)
    module.run(own.parse_args(sys.argv[2:]))


if __name__ == "__main__":
    main()
