"""The page's section on probes, and the picture of the deletion test; both take the figures that `probe` wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from . import gates
from .cooks import MODALITIES
from .pictures import COLOURS, GREY, canvas, phase_bar, phase_names, png

Table = Callable[[list[str], list[list[str]]], str]
Shown = Callable[[dict | None], str]


def deletion(probes: dict) -> bytes | None:
    """Attention over one cook, and how far the final score moves where a few seconds of a sensor are taken away; None where that was not measured."""
    cook = probes.get("deletion", {}).get("cook")
    if not cook:
        return None
    at = np.arange(len(cook["phase"])) + 1.0
    figure, (above, effect, below) = canvas(9, 5, 3, sharex=True, height_ratios=(5, 4, 1))
    attention = np.array(cook["attention"])
    # What is deleted is chosen among the sensors; beside the memory's share their own could not be seen.
    sensors = attention[:, :3] / np.maximum(attention[:, :3].sum(1, keepdims=True), 1e-9)
    above.stackplot(at, sensors.T, labels=MODALITIES[:3], colors=COLOURS[:3], linewidth=0)
    above.plot(at, attention[:, 3], color="black", linewidth=1, linestyle=":", label="memory's share of all")
    above.set(ylabel="attention among\nthe sensors", ylim=(0, 1), title=f"Deletion test: {cook['dish']}, seed {cook['seed']} (simulated)")
    for (way, moved), colour, width in zip(cook["moved"].items(), (COLOURS[1], GREY), (1.4, 0.9), strict=True):
        name = {"most": "most attended", "other": "another sensor"}[way]
        effect.plot(at, moved, color=colour, linewidth=width, label=f"{name} masked for {cook['seconds']} s")
    effect.axhline(0, color=GREY, linewidth=0.6, linestyle="--")
    effect.set_ylabel("final score\nmoves, points")
    for axis in (above, effect):
        axis.axvspan(*cook["window"], color="black", alpha=0.12, linewidth=0, label="peanuts, chilies, vinegar")
        axis.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
    phase_bar(below, np.array(cook["phase"]), at, 0)
    phase_names(below, 0.5)
    below.set(yticks=[], xlabel="seconds")
    return png(figure)


def eeg(probes: dict, table: Table, shown: Shown) -> str:
    """What the EEG's token tells, and motion alone."""
    rows = [[row["what"], row.get("measure", "–"), *(shown(row.get(k)) for k in ("token", "motion", "gain"))] for row in probes["eeg"]["of"].values()]
    return table(["What of 测什么", "Measure", "EEG token", "Toss rate alone", "Gain"], rows)


def erd(probes: dict, table: Table, shown: Shown) -> str:
    """Mu power with movement."""
    names = {"change_db": "measured, dB", "change_percent": "measured, %", "token_change_db": "by the token, dB", "token_r2": "R² of the token for the power"}
    return table(["Mu at C3, C4: moving less still", "Measured 实测 [95 %]"], [[label, shown(probes["erd"].get(key))] for key, label in names.items()])


def attacks(probes: dict, table: Table, shown: Shown) -> str:
    """Attacks beside noise."""
    rows = [
        [name, ", ".join(f"{v:g} {k}" for k, v in row["reach"].items()), *(shown(row[way]) for way in ("fgsm", "pgd", "noise"))]
        for name, row in probes["adversary"]["of"].items()
    ]
    return table(["Reach 幅度", "Largest change", "FGSM, points", "PGD, points", "Noise, points"], rows)


def levels(probes: dict, variants: dict, table: Table, shown: Shown) -> str:
    """Spice levels at the inputs, beside the simulator's chili cooks."""
    rows = []
    for level, row in probes["spice"]["levels"].items():
        cooked = variants.get(f"chili-{level}", {}).get("error_change", {}).get("flame_off")
        rows.append([level, shown(row["error"]), shown(row["change"]), shown(cooked)])
    return table(["Spice level 麻辣等级", "Error, points", "Change at the inputs", "Change in the simulator's chili cooks, at flame-off"], rows)


def deleted(probes: dict, table: Table, shown: Shown) -> str:
    """The deletion test."""
    own = probes["deletion"]
    if "verdict" not in own:
        return ""
    rows = [[where, *(shown(own[where][way]) for way in ("most", "other", "least"))] for where in ("peanuts", "elsewhere")]
    return table(["Window 何时", "Most attended, points", "Another", "Least attended"], rows)


# What a cue waits for, in words.
QUANTITIES = {
    "oil_c": "oil, °C",
    "moisture": "wetness of the food, 0–1",
    "liquid_fraction": "liquid left, 0–1",
    "doneness": "cook value, decades",
    "solids": "solids in the sauce, 0–1",
}
CROSSING_HEAD = ["Cue", "Dish", "waits for", "to cross", "which changes a second by", "must be known within", "the model knows the moment so exactly in"]


def crossing_rows(of: list[dict], shown: Shown) -> list[list[str]]:
    """How exactly each cue asks for its quantity to be known, and in which share of the cooks the model knows the moment so exactly."""
    rows = []
    for row in of:
        numbers = (f"{row[key]['value']:.2g}" for key in ("rate", "within"))
        known = f"{shown(row['known'])} of {row['known']['clips']}"
        rows.append([row["cue"], row["dish"], QUANTITIES[row["quantity"]], f"{row['at']:g}", *numbers, known])
    return rows


def crossings(probes: dict, table: Table, shown: Shown) -> str:
    """The same for the page."""
    return table(CROSSING_HEAD, crossing_rows(probes["crossings"]["of"], shown))


# The seed's numbers: in words, as claimed, and where what was measured lies.
CLAIMS = {
    "normalisation": ("normalisation takes off the error, %", "8.3", "normalisation.percent"),
    "wok_hei": ("wok hei against gradient flow, r", "0.83", "wok_hei.r"),
    "phases": ("seconds with the right phase, 0–1", "0.997", "phases.right"),
    "cooks": ("cooks whose score in the last second is within 5 points, 0–1", "0.997", "phases.within_5_points"),
}


@dataclass(frozen=True)
class Part:
    """What the card tells of a part of the model: words, and where in the measures it stands: of the part, and what the toss rate alone would tell."""

    words: str
    at: tuple[str, str | None]


def of_token(words: str, name: str) -> Part:
    """What the EEG's token tells, beside what the toss rate alone does."""
    return Part(f"EEG token: {words}", (f"eeg.of.{name}.token", f"eeg.of.{name}.motion"))


PARTS = {
    "movement": of_token("whether the chef tosses or stirs, AUC", "movement"),
    "blinks": of_token("blinks, AUC", "blinks"),
    "quality": of_token("the EEG's quality, R²", "quality"),
    "attention": of_token("the chef's attention (proxy, unvalidated), R²", "attention"),
    "erd": Part("EEG token: power of 8–12 Hz over the hand's cortex, R² (with the movement's artefact in it)", ("erd.token_r2", None)),
    "mu": Part(
        "the same power while the chef moves, less still, dB (desynchronisation would lower it; beside the movement's artefact it is not seen)",
        ("erd.change_db", None),
    ),
    "peanuts": Part(
        "gong-bao, 20 s around the slurry (peanuts, in a kitchen): the final score moves where the most attended sensor is masked, points",
        ("deletion.peanuts.most", None),
    ),
    "beside": Part("where another sensor of like quality is", ("deletion.peanuts.other", None)),
    "fgsm": Part("inputs of a minute moved by 0.5 °C, 2.5 µV and 0.5 dB against the score (FGSM): change, points", ("adversary.of.half.fgsm", None)),
    "pgd": Part("the same in five steps (PGD): change, points", ("adversary.of.half.pgd", None)),
    "noise": Part("the same sizes at random: change, points", ("adversary.of.half.noise", None)),
}


def claimed(probes: dict, name: str) -> dict | None:
    """What was measured of one of CLAIMS; None where it was not."""
    return gates.found(probes, CLAIMS[name][2])


def claims(probes: dict, table: Table, shown: Shown) -> str:
    """The seed's three numbers, claimed and measured."""
    rows = [[words, number, shown(claimed(probes, name))] for name, (words, number, _) in CLAIMS.items()]
    return table(["Claim 原话", "Claimed", "Measured 实测 [95 %]"], rows)


def section(found: dict, table: Table, shown: Shown, picture: str) -> str:
    """All tables, each after the sentence that says what it is; nothing where nothing was probed."""
    probes = found.get("probes")
    if not probes:
        return ""
    parts = [claims(probes, table, shown), *(f"<p class=what>{escape(probes[k]['what'])}</p>" for k in ("normalisation", "wok_hei", "phases") if k in probes)]
    tables = {"crossings": crossings, "eeg": eeg, "erd": erd, "adversary": attacks, "deletion": deleted}
    for name, make in tables.items():
        if name in probes:
            notes = [probes[name][k] for k in ("what", "limits", "verdict") if k in probes[name]]
            parts.append("".join(f"<p class=what>{escape(note)}</p>" for note in notes) + make(probes, table, shown))
    if "deletion" in probes:
        parts.append(picture)
    if "spice" in probes:
        parts.append(f"<p class=what>{escape(probes['spice']['what'])}</p>" + levels(probes, found.get("variants", {}), table, shown))
    return "".join(parts)
