"""Sound of the Gradient: a training or a cook, to be heard."""

from .cook import read_cook, steps_of_cook
from .render import Layers, Steps, render
from .training import read_log, steps_of_training
from .wave import RATE, write_wav

__all__ = ["RATE", "Layers", "Steps", "read_cook", "read_log", "render", "steps_of_cook", "steps_of_training", "write_wav"]
