"""Recorded sounds that nobody here made: what a probe taught by simulation names them, and the cues that the model fires at them.

The recordings choose nothing: neither inputs nor penalty nor threshold.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, binomtest, chi2

NONE = "none"
# By the recordings' folders: the simulated sound that is the right name. A knife on a board and a fan have no simulated counterpart of
# their own (the simulator has spatula and wok, and a hood in the background of every cook), so the right answer is that it is none.
RIGHT = {"frying-pan": "frying", "boiling-water": "boiling", "stove-burner": "burner", "chopping": NONE, "stove-fan": NONE}
OUTSIDE = 0.05


@dataclass(frozen=True)
class Clip:
    """One recording: its folder's name; probability of each simulated sound; the sound it is named, or NONE; length, s; cues fired."""

    folder: str
    said: dict[str, float]
    named: str
    seconds: float
    cues: int

    @property
    def likeliest(self) -> str:
        """The sound it is named where one must be."""
        return max(self.said, key=self.said.__getitem__)


def share(right: int, of: int) -> dict:
    """A share with its exact 95 % interval (Clopper & Pearson 1934)."""
    low = float(beta.ppf(OUTSIDE / 2, right, of - right + 1)) if right else 0.0
    high = float(beta.ppf(1 - OUTSIDE / 2, right + 1, of - right)) if right < of else 1.0
    return {"value": right / of if of else np.nan, "low": low, "high": high, "right": right, "clips": of}


def rate(events: int, minutes: float) -> dict:
    """Events a minute with their exact 95 % Poisson interval (Garwood 1936)."""
    low = float(chi2.ppf(OUTSIDE / 2, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(1 - OUTSIDE / 2, 2 * events + 2)) / 2
    return {"value": events / minutes, "low": low / minutes, "high": high / minutes, "cues": events, "minutes": minutes}


def against(found: dict, chance: float) -> dict:
    """A share beside that of chance, with the chance of as many right ones by it (one-sided binomial test)."""
    p = float(binomtest(found["right"], found["clips"], chance, alternative="greater").pvalue) if found["clips"] else np.nan
    return {**found, "chance": chance, "p": p}


def figures(clips: Iterable[Clip], probe: dict) -> dict:
    """The confusion matrix by folder, accuracies beside chance, false cues a minute, and how the probe was chosen.

    Chance of all answers is the better of guessing evenly and of always saying none. `forced` asks only of recordings with a simulated
    counterpart which of the simulated sounds is likeliest, however unsure. Any cue is false: nothing is cooked. Raises ValueError
    where a recording's folder is not in RIGHT.
    """
    clips = list(clips)
    if unknown := {clip.folder for clip in clips} - RIGHT.keys():
        raise ValueError(f"no right answer is known for {sorted(unknown)}; the folders are named {sorted(RIGHT)}")
    sounds = [sound for sound in RIGHT.values() if sound != NONE]
    answers = [*sounds, NONE]
    of = {}
    for folder in RIGHT:
        own = [clip for clip in clips if clip.folder == folder]
        said = {answer: sum(clip.named == answer for clip in own) for answer in answers}
        likeliest = {sound: sum(clip.likeliest == sound for clip in own) for sound in sounds}
        of[folder] = {"right_answer": RIGHT[folder], "said": said, "likeliest": likeliest, **share(said[RIGHT[folder]], len(own))}
    known = [clip for clip in clips if RIGHT[clip.folder] != NONE]
    all_right = share(sum(clip.named == RIGHT[clip.folder] for clip in clips), len(clips))
    forced = share(sum(clip.likeliest == RIGHT[clip.folder] for clip in known), len(known))
    return {
        "what": "recordings by others, named by a linear probe of log-mel that simulated cooks alone taught and tuned; exact intervals",
        "probe": probe,
        "answers": answers,
        "of": of,
        "accuracy": against(all_right, max(1 / len(answers), 1 - len(known) / len(clips))),
        "forced": against(forced, 1 / len(sounds)),
        "false_cues_a_minute": rate(sum(clip.cues for clip in clips), sum(clip.seconds for clip in clips) / 60),
    }


def head(found: dict) -> list[str]:
    """The head of the table that `rows` fills."""
    return ["Recording 录音", "Right 应答", *(f"named {answer}" for answer in found["answers"]), "Right share 正确率"]


def rows(found: dict) -> list[list[str | dict]]:
    """The confusion matrix and what follows from it; a cell is text, or a value with its interval."""
    out: list[list[str | dict]] = [
        [folder, row["right_answer"], *(str(row["said"][answer]) for answer in found["answers"]), row] for folder, row in found["of"].items()
    ]
    blank = [""] * len(found["answers"])
    for name, key in (("all 全部", "accuracy"), ("with a simulated counterpart, always named", "forced")):
        out.append([f"{name}; chance {found[key]['chance']:.2f}", "", *blank, found[key]])
    out.append(["false cues a minute 误报/分", "", *blank, found["false_cues_a_minute"]])
    return out
