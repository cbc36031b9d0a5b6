"""The simulator's latent state as training sees it: what the sensors leave traces of, by name and scale."""

import numpy as np

# As `wokd features` writes them, each with the middle and the spread that bring it to about ±1.
SCALES = {
    "wall_c": (150.0, 80.0),
    "oil_c": (110.0, 50.0),
    "food_surface_c": (80.0, 35.0),
    "food_core_c": (70.0, 35.0),
    "moisture": (0.5, 0.5),
    "browning": (0.15, 0.2),
    "log_dose": (2.0, 1.5),
    "doneness": (2.0, 3.0),
    "liquid_fraction": (0.5, 0.5),
    "solids": (0.2, 0.2),
    "whi": (20.0, 20.0),
    "whi_peak": (30.0, 20.0),
    "sauce": (0.4, 0.3),
    "food_kg": (0.4, 0.3),
    "pool_kg": (0.3, 0.4),
    "sizzle_g_s": (0.2, 0.4),
    "boil_g_s": (0.3, 0.6),
    "plume_g_s": (0.3, 0.5),
    "burner_w": (1800.0, 1000.0),
    "stagnation": (0.5, 0.4),
    "toss_hz": (1.0, 1.5),
    "attention": (0.6, 0.3),
    "timing_error": (0.8, 0.8),
    "so_far": (60.0, 20.0),
}
WRITTEN = len(SCALES)
# What training adds to them, of each cue: how late it is, as `lateness`.
CUES = 3
COUNT = WRITTEN + CUES
MIDDLE = np.array([m for m, _ in SCALES.values()], np.float32)
SPREAD = np.array([s for _, s in SCALES.values()], np.float32)
SO_FAR = list(SCALES).index("so_far")
TIMING_ERROR = list(SCALES).index("timing_error")
# Those whose values at the end of a cook decide its score: the simulator's axes of taste.
ENDS = [list(SCALES).index(name) for name in ("log_dose", "doneness", "browning", "whi_peak", "sauce", "timing_error")]
# Seconds within which lateness counts linearly, beyond by its logarithm.
SOON_S = 5.0


def lateness(at: np.ndarray, crossing: np.ndarray, acted: np.ndarray) -> np.ndarray:
    """How late each cue is at each time, asinh((t − t*)/5 s)/2; from the chef's act on it stands. [n], [3], [3] in s → [n, 3].

    0 where there is no such cue. A crossing that was too far away to be foreseen counts as one an hour after the act.
    """
    away = np.where(np.isnan(crossing), acted + 3600.0, crossing)
    late = np.minimum(at[:, None], np.where(np.isnan(acted), np.inf, acted)[None, :]) - away[None, :]
    return np.nan_to_num(np.arcsinh(late / SOON_S) / 2).astype(np.float32)


def late_s(lateness: np.ndarray) -> np.ndarray:
    """How late a cue is by its lateness, seconds: the inverse of the above."""
    return SOON_S * np.sinh(2 * lateness)
