"""What networks do that are told exactly what sensors only hint at: what stops a forecast or a cue that is not the sensors' noise."""

from .cooks import CUES

MOMENTS = {"at_50": "skill half way", "flame_off": "at flame-off", "known_off": "2 s after it"}


def head() -> list[str]:
    """Of a table."""
    return ["Told", "cooks", *MOMENTS.values(), *(f"{kind}, F1" for kind in CUES)]


def rows(of: dict[str, dict]) -> list[list]:
    """A row for each sight: its name, how many cooks, and values with their intervals."""
    return [[name, str(row["cooks"]), *(row["skill"][key] for key in MOMENTS), *(row["f1"][kind] for kind in CUES)] for name, row in of.items()]
