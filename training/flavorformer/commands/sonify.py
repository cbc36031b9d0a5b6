"""Sound of the Gradient: makes a training's log (.jsonl) or a rehearsed cook (.safetensors) heard as a WAV file."""

import argparse
from pathlib import Path

from ..sonify import RATE, read_cook, read_log, render, steps_of_cook, steps_of_training, write_wav


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("file", type=Path, help="a training's log (JSON lines) or a cook's evaluation (.safetensors)")
    parser.add_argument("out", type=Path, help="the WAV to write")
    parser.add_argument("--epoch", type=float, default=0.5, help="seconds that an epoch is heard")
    parser.add_argument("--speed", type=float, default=10.0, help="seconds of cooking in one of sound, below 25")
    parser.add_argument("--reference", type=float, help="the loss that sizzles half as loud as can be: 1 of a training, 0.5 of a cook")
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> None:
    """Writes the WAV."""
    try:
        if args.file.suffix == ".safetensors":
            layers = render(steps_of_cook(read_cook(args.file)), 1 / args.speed, args.reference or 0.5, args.seed)
        else:
            layers = render(steps_of_training(read_log(args.file)), args.epoch, args.reference or 1.0, args.seed)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    samples = layers.mix()
    write_wav(args.out, samples)
    print(f"{args.out}: {len(samples) / RATE:.1f} s")
