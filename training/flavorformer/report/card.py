"""What of the report's figures a model's card has, and the page for people beside it."""

from typing import Any

from . import DISCLAIMER
from .cooks import CUES
from .probes import CLAIMS, claimed

MOMENTS = {
    "at_25": "a quarter into the cook",
    "at_50": "half way",
    "flame_off": "at flame-off",
    "known_off": "2 s after it, when it can be known",
    "all": "all moments",
}
COMMAND = "cargo xtask model-report"
UNOPENED = ["The test cooks have not been opened: while a model is still being chosen, it is judged by others.", ""]


def command(figures: dict[str, Any]) -> str:
    """What makes these figures anew."""
    if figures["split"] == "test":
        return COMMAND
    return f"{COMMAND} --split {figures['split']} --first {figures['folders']['plain']['first']}"


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
            dish: {"cooks": row["cooks"], "skill": {key: row["skill"][key]["value"] for key in MOMENTS}, "constant": row["error"]["constant"]["value"]}
            for dish, row in errors["by_dish"].items()
        },
        "coverage_80": plain["intervals"]["coverage_80"],
        "width_80": plain["intervals"]["width_80"],
        "worst_stratum": plain["intervals"]["worst_stratum"],
        "phases": {key: plain["phases"][key] for key in ("worst_macro_f1", "worst_boundary_s")},
        "cues": {kind: {key: plain["cues"]["model"][kind][key] for key in ("f1", "median_error_s", "censored")} for kind in CUES},
        "stability": {key: figures["stability"][key] for key in ("sd", "icc")} if "stability" in figures else None,
        "variants": {
            name: {"cooks": row["cooks"], "skill": row["skill"]["flame_off"]["value"], "error_change": row["error_change"]["all"]}
            for name, row in figures["variants"].items()
        },
        "gates": [{key: gate[key] for key in ("name", "wanted", "measured", "reached", "command")} for gate in figures["gates"]],
        "claims": {name: claimed(figures["probes"], name) for name in CLAIMS} if "probes" in figures else None,
        "baselines": {name: row["gain"] for name, row in figures["baselines"]["of"].items() if "gain" in row} if "baselines" in figures else None,
        "ablations": figures["ablations"]["of"] if "ablations" in figures else None,
        "sounds": figures["sounds"]["of"] if "sounds" in figures else None,
    }
    return rounded(kept)


def interval(stated: dict[str, float]) -> str:
    """A value and its 95 % interval."""
    return f"{stated['value']:.2f} ({stated['low']:.2f} to {stated['high']:.2f})"


def gate(row: dict[str, Any]) -> str:
    """A gate's line of the table."""
    verdict = {True: "reached", False: "**not reached**"}.get(row["reached"], "not measured" if row["measured"] is None else "stated")
    measured = "" if row["measured"] is None else f"{row['measured']:.3g}"
    return f"| {row['name']} | {row['wanted']} | {measured} | {verdict} | `python -m flavorformer {row['command']}` |"


def beside(figures: dict[str, Any]) -> list[str]:
    """What other measurements found, nulls too; nothing of what was not measured."""
    lines: list[str] = []
    if claims := figures["claims"]:
        lines += ["The seed's three numbers (`probe`):", "", "| Claim | claimed | measured |", "|---|---|---|"]
        lines += [f"| {CLAIMS[name][0]} | {CLAIMS[name][1]} | {interval(row) if row else 'not measured'} |" for name, row in claims.items()] + [""]
    if rivals := figures["baselines"]:
        lines += ["How much larger the error of each baseline is, points (`baselines`):", "", "| Baseline | gain over it |", "|---|---|"]
        lines += [f"| {name} | {interval(row)} |" for name, row in rivals.items()] + [""]
    if layers := figures["ablations"]:
        lines += ["What a layer is worth at a small budget, points over five paired seeds (`ablate`):", "", "| Without | error more | |", "|---|---|---|"]
        lines += [f"| {name} | {interval(row)} | {'detected' if row['detected'] else 'not detected'} |" for name, row in layers.items()] + [""]
    if sounds := figures["sounds"]:
        names = list(next(iter(sounds.values()))["said"])
        head = f"| Recording | {' | '.join(names)} |"
        lines += ["What recorded sounds that nobody here made were named (`listen`):", "", head, "|---" * (len(names) + 1) + "|"]
        lines += [f"| {folder} | {' | '.join(str(row['said'][name]) for name in names)} |" for folder, row in sounds.items()] + [""]
    return lines


def page(card: dict[str, Any]) -> str:
    """The page beside the card, Markdown."""
    figures = card["figures"]
    lines = [
        DISCLAIMER,
        "",
        "# The shipped edition",
        "",
        "The score is a *technique score* against one invented family's taste; its figures show that the software is "
        "consistent with its own simulator, not that it tastes.",
        "",
        f"`base.onnx` is the streaming step of Flavorformer ({card['parameters']:,} parameters), `base.json` its card (hash, contract, features, figures), "
        "`base.golden.safetensors` what it gave when it was exported. The daemon holds the file to all three at every load. "
        f"It was trained on {card['trained_on']}.",
        "",
        f"On {figures['cooks']} simulated cooks of the split `{figures['split']}` that it never saw, averaged over dishes (`{figures['command']}`); skill is "
        "1 − error / error of the dish's median, "
        f"which errs by {figures['error']['constant']['value']:.1f} points:",
        "",
        "| | error, points | skill |",
        "|---|---|---|",
        *(f"| {words} | {interval(figures['error'][key])} | {interval(figures['skill'][key])} |" for key, words in MOMENTS.items()),
        "",
        "| Dish | cooks | skill half way | at flame-off |",
        "|---|---|---|---|",
        *(f"| {d} | {row['cooks']} | {row['skill']['at_50']:.2f} | {row['skill']['flame_off']:.2f} |" for d, row in figures["by_dish"].items()),
        "",
        "| Gate | wanted | measured | | made by |",
        "|---|---|---|---|---|",
        *map(gate, figures["gates"]),
        "",
        *beside(figures),
        *UNOPENED * (figures["split"] != "test"),
        "EEG informs a score only through the chef's attention; `focus` is an attention proxy, unvalidated. Nothing here validates EEG, sound or a "
        "thermal picture as a measure of taste.",
    ]
    return "\n".join(lines) + "\n"
