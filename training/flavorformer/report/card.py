"""What of the report's figures a model's card has, and the page for people beside it."""

from pathlib import Path
from typing import Any

from . import DISCLAIMER, ablations, bounds
from .cooks import CUES
from .gates import found, verdict
from .probes import CLAIMS, PARTS, claimed

MOMENTS = {
    "at_25": "a quarter into the cook",
    "at_50": "half way",
    "flame_off": "at flame-off",
    "known_off": "2 s after it",
    "all": "all moments",
}
COMMAND = "cargo xtask model-report"
UNOPENED = [
    "No test cook has been looked at. None of these cooks was learned from, but editions before and choices of ours, among them how some "
    "gates are measured, were judged by the same: the figures may flatter.",
    "",
]
# What the figures are of and what the words mean, for people who never saw this project.
TERMS = Path(__file__).with_name("terms.md")
BOUNDS = ("cooks", "skill", "f1")
JUDGED = ("name", "wanted", "measured", "interval", "cooks", "reached", "doubtful")


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


def rounded(value: Any) -> Any:
    """Numbers with three decimals, as a card is read by people, and smaller ones with three digits, as they are not nothing."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if not isinstance(value, float):
        return value
    return round(value, 3) if abs(value) >= 0.01 else float(f"{value:.3g}")


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
        "worst_stratum": plain["intervals"]["worst_stratum"],
        "phases": {key: plain["phases"][key] for key in ("worst_macro_f1", "worst_boundary_s")},
        "cues": {kind: {key: plain["cues"]["model"][kind][key] for key in ("f1", "median_error_s", "censored")} for kind in CUES},
        "stability": {key: figures["stability"][key] for key in ("sd", "icc")} if "stability" in figures else None,
        "variants": {
            name: {"cooks": row["cooks"], "skill": row["skill"]["flame_off"]["value"]}
            | {"skill_change": row["skill_change"]["flame_off"]["value"], "error_change": row["error_change"]["all"]}
            for name, row in figures["variants"].items()
        },
        "gates": [{key: gate[key] for key in JUDGED} | {"command": made_by(gate, figures)} for gate in figures["gates"]],
        "claims": {name: claimed(figures["probes"], name) for name in CLAIMS} if "probes" in figures else None,
        "parts": {name: found(figures["probes"], where) for name, (_, where) in PARTS.items()} if "probes" in figures else None,
        "baselines": {name: row["gain"] for name, row in figures["baselines"]["of"].items() if "gain" in row} if "baselines" in figures else None,
        "bounds": {name: {k: row[k] for k in BOUNDS} for name, row in figures["bounds"]["of"].items()} if "bounds" in figures else None,
        "ablations": figures["ablations"]["of"] if "ablations" in figures else None,
        "sounds": {key: figures["sounds"][key] for key in ("of", "accuracy", "false_cues_a_minute")} if "sounds" in figures else None,
    }
    return rounded(kept)


def carried(fresh: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """Fresh figures of a card, and of those before, of the same model and cooks, what the fresh ones lack: each measurement takes hours.

    A gate whose limit or command has changed since is not carried.
    """
    if not before or before["command"] != fresh["command"]:
        return fresh
    rows = {(row["name"], row["wanted"], row["command"]): row for row in before["gates"]}
    gates = [rows.get((row["name"], row["wanted"], row["command"]), row) if row["measured"] is None else row for row in fresh["gates"]]
    lacking = {key: before.get(key) for key, value in fresh.items() if value is None}
    for key in ("claims", "parts"):
        # A file of some probes must not take the place of all.
        if fresh[key] and before.get(key):
            lacking[key] = before[key] | {name: row for name, row in fresh[key].items() if row is not None}
    return fresh | lacking | {"gates": gates, "variants": before["variants"] | fresh["variants"]}


def interval(stated: dict[str, float | None] | None) -> str:
    """A value and its 95 % interval, where there are both."""
    if stated is None or stated["value"] is None:
        return "not measured"
    if stated["low"] is None or stated["high"] is None:
        return f"{stated['value']:.2f}"
    return f"{stated['value']:.2f} ({stated['low']:.2f} to {stated['high']:.2f})"


def digits(value: float) -> str:
    """Three digits, but all of a count."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def gate(row: dict[str, Any]) -> str:
    """A gate's line of the table."""
    measured = "" if row["measured"] is None else digits(row["measured"])
    if measured and row["interval"]:
        measured += " ({:.3g} to {:.3g})".format(*row["interval"])
    cooks = "" if row["cooks"] is None or row["measured"] is None else row["cooks"]
    told = verdict(row).replace("not reached", "**not reached**") + ", in doubt" * row["doubtful"]
    return f"| {row['name']} | {row['wanted']} | {measured} | {cooks} | {told} | `python -m flavorformer {row['command']}` |"


def counted(rows: list[dict[str, Any]]) -> str:
    """How many gates have which verdict."""
    verdicts = [verdict(row) for row in rows]
    told = ", ".join(f"{verdicts.count(word)} {word}" for word in ("reached", "not reached", "stated", "not measured"))
    return f"Of {len(rows)} gates: {told}. *In doubt*: the limit lies within the interval, other cooks might say otherwise."


def heard(sounds: dict[str, Any]) -> list[str]:
    """What recorded sounds were named, how often rightly, and how often a cue fired on them."""
    names = list(next(iter(sounds["of"].values()))["said"])
    right, cues = sounds["accuracy"], sounds["false_cues_a_minute"]
    doubt = ": nothing here shows that what was learned of simulated sound holds for a kitchen's" * (right["low"] <= right["chance"])
    return [
        "What recorded sounds that nobody here made were named (`listen`):",
        "",
        f"| Recording | {' | '.join(names)} |",
        "|---" * (len(names) + 1) + "|",
        *(f"| {folder} | {' | '.join(str(row['said'][name]) for name in names)} |" for folder, row in sounds["of"].items()),
        "",
        f"Right: {interval(right)} of them, always the same answer would be in {right['chance']:.2f}{doubt}. False cues a minute: {interval(cues)}.",
        "",
    ]


def beside(figures: dict[str, Any]) -> list[str]:
    """What other measurements found, nulls too; nothing of what was not measured."""
    lines: list[str] = []
    if variants := figures["variants"]:
        head = "The first cooks of the same in other ways (`evaluate`): a sensor left out or swapped, sensor faults of spice level 1 to 5, other physics "
        lines += [head + "in one respect or all (`other`); points.", ""]
        lines += ["| Variant | cooks | skill at flame-off | as they are | error more |", "|---" * 5 + "|"]
        for name, row in variants.items():
            skills = ["", ""] if row["skill"] is None else [f"{row['skill']:.2f}", f"{row['skill'] - row['skill_change']:.2f}"]
            lines += [f"| {name} | {row['cooks']} | {' | '.join(skills)} | {interval(row['error_change'])} |"]
        lines += [""]
    if claims := figures["claims"]:
        lines += ["The seed's three numbers (`probe`):", "", "| Claim | claimed | measured |", "|---|---|---|"]
        lines += [f"| {CLAIMS[name][0]} | {CLAIMS[name][1]} | {interval(row)} |" for name, row in claims.items()] + [""]
    if parts := figures["parts"]:
        lines += ["What the parts know, and what moves the score, on validation cooks (`probe`):", "", "| | measured |", "|---|---|"]
        lines += [f"| {PARTS[name][0]} | {interval(row)} |" for name, row in parts.items()] + [""]
    if sights := figures.get("bounds"):
        lines += ["Networks that are told exactly what sensors only hint at, beside phase, time and recipe, judged by other cooks (`bound`): what stops "]
        lines[-1] += "a figure above that is not the sensors' noise. No proof: another network might learn more."
        lines += ["", f"| {' | '.join(bounds.head())} |", "|---" * len(bounds.head()) + "|"]
        lines += [f"| {name} | {cooks} | {' | '.join(map(interval, cells))} |" for name, cooks, *cells in bounds.rows(sights)] + [""]
    if rivals := figures["baselines"]:
        lines += ["How much larger the error of each baseline is, points; all learned from the cooks with sensors alone (`baselines`):", ""]
        lines += ["| Baseline | gain over it |", "|---|---|"]
        lines += [f"| {name} | {interval(row)} |" for name, row in rivals.items()] + [""]
    if layers := figures["ablations"]:
        lines += ["What a layer is worth at a small budget, points, each trained anew without it, paired by seed (`ablate`):", ""]
        lines += ["| Without | error more | pairs of seeds | |", "|---|---|---|---|"]
        told = {True: "detected", False: "not detected"}
        lines += [f"| {name} | {interval(row)} | {ablations.pairs(row)} | {told[row['detected']]} |" for name, row in layers.items()] + [""]
    return lines + (heard(figures["sounds"]) if figures["sounds"] else [])


def page(card: dict[str, Any]) -> str:
    """The page beside the card, Markdown."""
    figures = card["figures"]
    censored = ", ".join(f"{row['censored']} for {kind}" for kind, row in figures["cues"].items())
    lines = [
        DISCLAIMER,
        "",
        "# The shipped edition",
        "",
        f"`base.onnx` is the streaming step of Flavorformer ({card['parameters']:,} parameters), `base.json` its card (hash, contract, features, figures), "
        "`base.golden.safetensors` what it gave when it was exported. The daemon holds the file to all three at every load. "
        f"It was trained on {card['trained_on']}.",
        "",
        f"Judged by {figures['cooks']} simulated cooks of the split `{figures['split']}` that it never saw (`{figures['command']}`).",
        "",
        *TERMS.read_text(encoding="utf-8").splitlines(),
        "",
        f"Always naming the dish's median errs by {interval(figures['error']['constant'])} points.",
        "",
        "| | error, points | skill |",
        "|---|---|---|",
        *(f"| {words} | {interval(figures['error'][key])} | {interval(figures['skill'][key])} |" for key, words in MOMENTS.items()),
        "",
        "| Dish | cooks | SD of the true score, points | skill half way | at flame-off |",
        "|---|---|---|---|---|",
        *(
            f"| {d} | {row['cooks']} | {row['sd']:.1f} | {interval(row['skill']['at_50'])} | {interval(row['skill']['flame_off'])} |"
            for d, row in figures["by_dish"].items()
        ),
        "",
        "| Error of the model over | a quarter into the cook | half way | three quarters |",
        "|---|---|---|---|",
        *(
            f"| the {who}'s | " + " | ".join(interval(of[key]) if key in of else "" for key in ("at_25", "at_50", "at_75")) + " |"
            for who, of in (("oracle", figures["ratio_to_oracle"]), ("onlooker", figures["ratio_to_onlooker"]))
        ),
        "",
        counted(figures["gates"]),
        "",
        "| Gate | wanted | measured (95 % interval) | cooks | | made by |",
        "|---|---|---|---|---|---|",
        *map(gate, figures["gates"]),
        "",
        f"Cooks whose chef acted before the moment, of whom a cue is not counted: {censored}.",
        "",
        *beside(figures),
        *UNOPENED * (figures["split"] != "test"),
        "EEG informs a score only through the chef's attention; `focus` is an attention proxy, unvalidated. Nothing here validates EEG, sound or a "
        "thermal picture as a measure of taste.",
    ]
    return "\n".join(lines) + "\n"
