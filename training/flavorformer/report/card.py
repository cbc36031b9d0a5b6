"""What of the report's figures a model's card has; the page for people is made of that alone (`card_page`)."""

from typing import Any

from .cooks import CUES
from .gates import found
from .probes import CLAIMS, PARTS, claimed

MOMENTS = {
    "at_25": "a quarter into the cook",
    "at_50": "half way",
    "at_75": "three quarters",
    "flame_off": "at flame-off",
    "known_off": "2 s after it",
    "all": "all moments",
}
COMMAND = "cargo xtask model-report"
# What the card has of a gate, of a variant and of a bound.
JUDGED = ("name", "wanted", "source", "seen", "measured", "interval", "cooks", "dish", "reached", "doubtful")
CHANGES = ("flame_off", "all")
BOUNDS = ("cooks", "skill", "f1")


def same_cooks(figures: dict[str, Any]) -> str:
    """The options that cook these again; none for the first test cooks, which are cooked without being asked for."""
    split, first = figures["split"], figures["folders"]["plain"]["first"]
    return "" if (split, first) == ("test", 1) else f" --split {split} --first {first}"


def command(figures: dict[str, Any]) -> str:
    """What makes these figures anew."""
    return COMMAND + same_cooks(figures)


def made_by(row: dict[str, Any], figures: dict[str, Any]) -> str:
    """What makes a gate's figure anew, of the same cooks."""
    return row["command"] + same_cooks(figures) * row["command"].startswith("evaluate")


def as_they_are(row: dict[str, Any], figures: dict[str, Any]) -> float | None:
    """For a variant's skill or coverage that of the same cooks as they are; None for anything else, or where plain lacks them."""
    for own, change in ((".skill.", ".skill_change."), (".coverage_80", ".coverage_change")):
        if row["figure"].startswith("variants.") and own in row["figure"] and (moved := found(figures, row["figure"].replace(own, change))):
            return None if row["measured"] is None or moved["value"] is None else row["measured"] - moved["value"]
    return None


def rounded(value: Any) -> Any:
    """Numbers with three decimals, as a card is read by people, and smaller ones with three digits, as they are not nothing."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if not isinstance(value, float):
        return value
    return round(value, 3) if abs(value) >= 0.01 else float(f"{value:.3g}")


def cues(of: dict[str, Any]) -> dict[str, Any]:
    """Each kind of cue, overall and by dish, and the clock's; F1 with its interval, `cooks` those whose moment is known."""
    kept = {kind: {key: of["model"][kind][key] for key in ("f1", "by_dish", "median_error_s", "censored")} for kind in CUES}
    return {"model": kept, "clock": {kind: of["clock"][kind]["f1"] for kind in CUES} if "clock" in of else None}


def variant(row: dict[str, Any]) -> dict[str, Any]:
    """A variant's errors in points: of the dish median, the model's change to the same cooks as they are, and its skill at flame-off."""
    return {
        "cooks": row["cooks"],
        "constant": row["constant"]["value"],
        "change": {key: row["error_change"][key] for key in CHANGES},
        "skill": row["skill"]["flame_off"]["value"],
    }


def measured_elsewhere(figures: dict[str, Any]) -> dict[str, Any]:
    """What other commands than `evaluate` found, None for what was not measured."""

    def of(name: str) -> dict[str, Any] | None:
        return figures[name]["of"] if name in figures else None

    probes = figures.get("probes")
    return {
        "claims": probes and {name: claimed(probes, name) for name in CLAIMS},
        "parts": probes and {name: [found(probes, where) if where else None for where in part.at] for name, part in PARTS.items()},
        "probed": probes and probes.get("of"),
        "crossings": probes and probes.get("crossings", {}).get("of"),
        "baselines": of("baselines") and {name: {key: row[key] for key in ("gain", "gains")} for name, row in of("baselines").items() if "gain" in row},
        "bounds": of("bounds") and {name: {key: row[key] for key in BOUNDS} for name, row in of("bounds").items()},
        "ablations": of("ablations"),
        "sounds": {key: figures["sounds"][key] for key in ("of", "accuracy", "false_cues_a_minute")} if "sounds" in figures else None,
    }


def summary(figures: dict[str, Any]) -> dict[str, Any]:
    """The card's figures, each `{value, low, high, cooks}` with its 95 % interval."""
    plain = figures["plain"]
    errors = plain["errors"]
    kept = {
        "what": f"{errors['cooks']} held-out simulated cooks; {errors['what']}; by {command(figures)}",
        "command": command(figures),
        "split": figures["split"],
        "cooks": errors["cooks"],
        "unscored_cooks": errors["unscored_cooks"],
        "error": {key: errors["error"][key] for key in (*MOMENTS, "constant")},
        "skill": {key: errors["skill"][key] for key in MOMENTS},
        "ratio_to_oracle": errors["ratio_to_oracle"],
        "ratio_to_onlooker": errors["ratio_to_onlooker"],
        "by_dish": {
            dish: {"cooks": row["cooks"], "sd": plain["truth"][dish]["sd"], "skill": {key: row["skill"][key] for key in MOMENTS}}
            for dish, row in errors["by_dish"].items()
        },
        "coverage_80": plain["intervals"]["coverage_80"],
        "width_80": plain["intervals"]["width_80"],
        "widths": plain["criteria"]["seasoning"]["width"],
        "worst_stratum": plain["intervals"]["worst_stratum"],
        "phases": {key: plain["phases"][key] for key in ("worst_macro_f1", "worst_boundary_s")},
        "cues": cues(plain["cues"]),
        "aspects": plain["criteria"]["aspects"]["correlation"],
        "stability": {key: figures["stability"][key] for key in ("sd", "icc")} if "stability" in figures else None,
        "variants": {name: variant(row) for name, row in figures["variants"].items()},
        "gates": [
            {key: gate[key] for key in JUDGED} | {"as_they_are": as_they_are(gate, figures), "command": made_by(gate, figures)} for gate in figures["gates"]
        ],
        **measured_elsewhere(figures),
    }
    return rounded(kept)


def carried(fresh: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Fresh figures of a card, and of those before, of the same model and cooks, what the fresh ones lack: each measurement takes hours.

    A gate whose limit or command has changed since is not carried.
    """
    if not before or before["command"] != fresh["command"]:
        return fresh
    rows = {(row["name"], row["wanted"], row["command"]): row for row in before["gates"]}
    # Whose a limit is, and whether cooks had been seen, is not measured.
    told = ({"source": row["source"], "seen": row["seen"]} for row in fresh["gates"])
    found = [rows.get((row["name"], row["wanted"], row["command"]), {}) if row["measured"] is None else {} for row in fresh["gates"]]
    gates = [row | before_it | own for row, before_it, own in zip(fresh["gates"], found, told, strict=True)]
    lacking = {key: before.get(key) for key, value in fresh.items() if value is None}
    for key in ("claims", "parts"):
        # A file of some probes must not take the place of all.
        if fresh[key] and before.get(key):
            lacking[key] = before[key] | {name: row for name, row in fresh[key].items() if row not in (None, [None, None])}
    return fresh | lacking | {"gates": gates, "variants": before["variants"] | fresh["variants"]}
