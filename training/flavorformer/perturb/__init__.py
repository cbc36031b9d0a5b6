"""What a kitchen, or an adversary, does to the model's inputs."""

from .adversary import Reach, fgsm, pgd
from .spice import CHANGED, LEVELS, spice

__all__ = ["CHANGED", "LEVELS", "Reach", "fgsm", "pgd", "spice"]
