"""What a trained model's parts know and what moves its score, measured on validation cooks; one file a measure.

Every figure is `{value, low, high, cooks}` with its 95 % bootstrap interval over cooks within dishes, as in the report, and
stands beside a sentence `what`. All cooks are simulated.
"""

from collections.abc import Callable

from . import adversary, crossings, deletion, eeg, erd, gradient_flow, normalisation, phases, spice
from .bench import Bench

# Every measure by name, in the order in which they run.
PROBES: dict[str, Callable[[Bench], dict]] = {
    "phases": phases.figures,
    "crossings": crossings.figures,
    "normalisation": normalisation.figures,
    "eeg": eeg.figures,
    "erd": erd.figures,
    "deletion": deletion.figures,
    "wok_hei": gradient_flow.figures,
    "spice": spice.figures,
    "adversary": adversary.figures,
}
