"""The page beside a model's card, for people; made of the card alone, Markdown."""

from pathlib import Path
from typing import Any

from . import DISCLAIMER, ablations, bounds
from .card import CHANGES, MOMENTS
from .cooks import CUES
from .gates import verdict
from .probes import CLAIMS, CROSSING_HEAD, PARTS, crossing_rows

UNOPENED = [
    "No test cook has been looked at. None of these cooks was learned from, but editions before and choices of ours, among them how some "
    "gates are measured, were judged by the same: the figures may flatter.",
    "",
]
# What the figures are of and what the words mean, for people who never saw this project.
TERMS = Path(__file__).with_name("terms.md")
SEEN = "†"


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


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A table, and the empty line after it."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)] + [""]


def measured(row: dict[str, Any]) -> str:
    """A gate's figure, the dish where it is the worst one's, and that of the same cooks as they are where it is a variant's."""
    if row["measured"] is None:
        return ""
    told = digits(row["measured"])
    if row["interval"]:
        told += " ({:.3g} to {:.3g})".format(*row["interval"])
    told += f", {row['dish']}" if row["dish"] else ""
    return told + (f"; as they are {row['as_they_are']:.3g}" if row["as_they_are"] is not None else "")


def named(row: dict[str, Any]) -> str:
    """A gate's name, marked where it was made after validation cooks had been seen."""
    return row["name"] + f" {SEEN}" * row["seen"]


def gates(rows: list[dict[str, Any]]) -> list[str]:
    """The limits and what came of them, and then what is only stated."""
    limits, stated = [], []
    for row in rows:
        cooks = "" if row["cooks"] is None or row["measured"] is None else str(row["cooks"])
        told = verdict(row).replace("not reached", "**not reached**") + ", in doubt" * row["doubtful"]
        by = f"`python -m flavorformer {row['command']}`"
        if row["wanted"] == "stated":
            stated.append([named(row), measured(row) or "not measured", cooks, by])
        else:
            limits.append([named(row), row["wanted"], "asked for" if row["source"] == "issue" else "our own", measured(row), cooks, told, by])
    return [
        *table(["Limit", "wanted", "whose", "measured (95 % interval)", "cooks", "", "made by"], limits),
        *table(["Stated without a limit", "measured (95 % interval)", "cooks", "made by"], stated),
    ]


def verdicts(rows: list[dict[str, Any]]) -> list[str]:
    """Before all tables: what was not reached, of what was asked for and of what we asked of ourselves."""
    lines = []
    for source, words in (("issue", "limits that were asked for"), ("design", "limits of our own")):
        own = [row for row in rows if row["source"] == source and row["wanted"] != "stated"]
        failed = [f"{named(row)}: {measured(row)}, wanted {row['wanted']}{', in doubt' * row['doubtful']}" for row in own if row["reached"] is False]
        open_ = [named(row) for row in own if row["measured"] is None]
        line = f"Of {len(own)} {words} {sum(row['reached'] is True for row in own)} are reached."
        line += f" **Not reached:** {'; '.join(failed)}." if failed else ""
        lines += [line + (f" Not measured: {'; '.join(open_)}." if open_ else ""), ""]
    doubt = "*In doubt*: the limit lies within the interval, other cooks might say otherwise."
    return [*lines, f"{doubt} {SEEN}: added or defined anew after validation cooks had shown what an edition reached.", ""]


def cues(of: dict[str, Any], dishes: list[str]) -> list[str]:
    """F1 of each kind of cue by dish, beside the clock's; in brackets how many moments are known."""

    def cell(stated: dict[str, Any] | None) -> str:
        return f"{interval(stated)}, {stated['cooks']}" if stated and stated["value"] is not None else "–"

    rows = [[dish, *(cell(of["model"][kind]["by_dish"].get(dish)) for kind in CUES)] for dish in dishes]
    rows += [["all dishes", *(cell(of["model"][kind]["f1"]) for kind in CUES)]]
    rows += [["a clock that knows the recipe", *(interval(of["clock"][kind]) for kind in CUES)]] if of["clock"] else []
    censored = ", ".join(f"{of['model'][kind]['censored']} for {kind}" for kind in CUES)
    return [
        "Cues by dish: F1, and how many moments are known. A dish without such a cue has a dash:",
        "",
        *table(["Dish", *CUES], rows),
        f"Cooks whose chef acted before the moment, so that nobody knows it: {censored}.",
        "",
    ]


def waits(of: list[dict[str, Any]]) -> list[str]:
    """How exactly the cues ask for what they wait for to be known, and how often the model knows the moment so exactly."""
    return [
        "A cue waits for a quantity to cross a line. Whoever tells the moment by it, within the cue's tolerance, must know it within tolerance × rate: the "
        "more slowly it changes, the more exactly. Beside it, in how many of the cooks that crossed the model's own estimate of how far away the moment is, "
        "in the second before, is within the tolerance, with its exact interval; F1 asks besides that no cue has fired before (`probe`, validation cooks "
        "whose chef had not acted before; caramel and softened aromatics have no row):",
        "",
        *table(CROSSING_HEAD, crossing_rows(of, interval)),
    ]


def heard(sounds: dict[str, Any]) -> list[str]:
    """What recorded sounds were named, how often rightly, and how often a cue fired on them."""
    names = list(next(iter(sounds["of"].values()))["said"])
    right, false = sounds["accuracy"], sounds["false_cues_a_minute"]
    doubt = ": nothing here shows that what was learned of simulated sound holds for a kitchen's" * (right["low"] <= right["chance"])
    rows = [[folder, row["right_answer"], *(str(row["said"][name]) for name in names), interval(row)] for folder, row in sounds["of"].items()]
    return [
        f"What {right['clips']} recorded sounds that nobody here made were named by a separate probe that simulated sounds alone taught (`listen`):",
        "",
        *table(["Recording", "right answer", *(f"named {name}" for name in names), "right (exact 95 % interval)"], rows),
        f"Right: {interval(right)} of them, always the same answer would be in {right['chance']:.2f}{doubt}. False cues of the model a minute: "
        f"{interval(false)}, in {false['minutes']:.1f} minutes of sound without picture or recipe, so that some cues could not have fired at all.",
        "",
    ]


def variants(of: dict[str, Any]) -> list[str]:
    """What the model loses, in points, at the moment and over all."""
    rows = [[name, str(row["cooks"]), f"{row['constant']:.1f}", *(interval(row["change"][key]) for key in CHANGES)] for name, row in of.items()]
    return [
        "The first cooks of the same in other ways (`evaluate`): a sensor left out or swapped, sensor faults of spice level 1 to 5, a kitchen that "
        "differs in one respect or all (`other`); `left-out` is another model, which never saw that dish. "
        "How much larger the error is than of the same cooks as they are, points; where other physics make "
        "other scores, the dish median errs by more there too:",
        "",
        *table(["Variant", "cooks", "the dish median errs by", "error more at flame-off", "over all moments"], rows),
    ]


def parts(figures: dict[str, Any]) -> list[str]:
    """The seed's claims, and what the parts know."""
    few = figures["probed"] or {}
    whose = f"on {few.get('cooks', '?')} validation cooks, which also chose the epoch (r and FGSM on {few.get('each', '?')} a dish): they may flatter"
    claims = [[CLAIMS[name][0], CLAIMS[name][1], interval(row)] for name, row in figures["claims"].items()]
    known = {name: figures["parts"].get(name) or [None, None] for name in PARTS}
    told = [[part.words, interval(known[name][0]), interval(known[name][1]) if known[name][1] else ""] for name, part in PARTS.items()]
    return [
        f"Numbers that the text claimed which this project began from, measured (`probe`) {whose}:",
        "",
        *table(["Claim", "claimed", "measured"], claims),
        "What the parts know, and what moves the score, of the same cooks:",
        "",
        *table(["", "measured", "by the toss rate alone"], told),
    ]


def rivals(of: dict[str, Any]) -> list[str]:
    """By how much every baseline is beaten."""
    cooks = max(row["gain"]["cooks"] for row in of.values())
    rows = [[name, interval(row["gain"]), *(interval(row["gains"][key]) for key in ("at_50", "at_100"))] for name, row in of.items()]
    return [
        f"How much larger the error of each baseline is on {cooks} of these cooks, points (`baselines`): the mean of a quarter, half, three quarters and "
        "the end, when the flame is long off; half way; at the end. They learned from the cooks with sensors alone, the model from many without too: "
        "this does not show what its layers are worth.",
        "",
        *table(["Baseline", "mean", "half way", "at the end"], rows),
    ]


def limits(of: dict[str, Any]) -> list[str]:
    """What networks do that are told exactly what sensors only hint at."""
    return [
        "Networks that are told, second by second and to half precision, what sensors only hint at, how it changes and what has left as vapour, beside "
        "phase, time and recipe; judged by validation cooks (`bound`). Where they do better than the model, it is sensing or learning that stops it; where "
        "they do no better, it is neither. No proof of a bound: another network might learn more.",
        "",
        *table(bounds.head(), [[name, cooks, *map(interval, cells)] for name, cooks, *cells in bounds.rows(of)]),
    ]


def layers(of: dict[str, Any]) -> list[str]:
    """What taking a layer out does, nulls too."""
    told = {True: "detected", False: "not detected"}
    rows = [[name, interval(row), ablations.pairs(row), told[row["detected"]]] for name, row in of.items()]
    return [
        "What a layer is worth at a small budget, the encoders' layers at a smaller yet, points of error over all moments of validation cooks, each "
        f"trained anew without it, paired by seed (`ablate`). Of {len(of)} layers that are worth nothing {len(of) / 20:.1f} would be detected by chance:",
        "",
        *table(["Without, or with another in its place", "error more", "pairs of seeds", ""], rows),
    ]


def measured_elsewhere(figures: dict[str, Any]) -> list[str]:
    """What other commands than `evaluate` found."""
    beside = {"crossings": waits, "bounds": limits, "baselines": rivals, "ablations": layers, "sounds": heard}
    told = parts(figures) if figures["claims"] and figures["parts"] else []
    return [*told, *(line for name, tell in beside.items() if figures.get(name) for line in tell(figures[name]))]


def page(card: dict[str, Any]) -> str:
    """The whole page."""
    figures = card["figures"]
    ratios = (("oracle", figures["ratio_to_oracle"]), ("onlooker", figures["ratio_to_onlooker"]))
    widths = ", ".join(f"{figures['widths'][key]['value']:.0f} {words}" for key, words in (*list(MOMENTS.items())[:3], ("at_100", "at the end")))
    worst = figures["worst_stratum"]
    lines = [
        DISCLAIMER,
        "",
        "# The shipped edition",
        "",
        f"`base.onnx` is the streaming step of Flavorformer ({card['parameters']:,} parameters), `base.json` its card (hash, contract, features, figures), "
        "`base.golden.safetensors` what it gave when it was exported. The daemon holds the file to all three at every load. "
        f"It was trained on {card['trained_on']}.",
        "",
        f"Judged by {figures['cooks']} simulated cooks of the split `{figures['split']}` that it never saw (`{figures['command']}`). "
        "The figures show that the software is consistent with the simulator, not that it tastes.",
        "",
        *verdicts(figures["gates"]),
        *TERMS.read_text(encoding="utf-8").splitlines(),
        "",
        f"Always naming the dish's median errs by {interval(figures['error']['constant'])} points.",
        "",
        *table(["", "error, points", "skill"], [[words, interval(figures["error"][key]), interval(figures["skill"][key])] for key, words in MOMENTS.items()]),
        f"The 80 % interval of a forecast is wide, points: {widths}. It holds the final score least often in quarter {worst['quarter']} of {worst['dish']}: "
        f"{interval(worst)}, the least of {4 * len(figures['by_dish'])} such shares.",
        "",
        *table(
            ["Dish", "cooks", "SD of the true score, points", "skill half way", "at flame-off"],
            [
                [dish, str(row["cooks"]), f"{row['sd']:.1f}", interval(row["skill"]["at_50"]), interval(row["skill"]["flame_off"])]
                for dish, row in figures["by_dish"].items()
            ],
        ),
        *table(
            ["Error of the model over", *list(MOMENTS.values())[:3]],
            [[f"the {who}'s", *(interval(of[key]) if key in of else "" for key in list(MOMENTS)[:3])] for who, of in ratios],
        ),
        *cues(figures["cues"], list(figures["by_dish"])),
        "Aspects at the end, correlation with the simulator's own indices within dishes, which no study validates; `focus` is an attention proxy, "
        "unvalidated:",
        "",
        *table(list(figures["aspects"]), [[interval(row) for row in figures["aspects"].values()]]),
        *gates(figures["gates"]),
        *(variants(figures["variants"]) if figures["variants"] else []),
        *measured_elsewhere(figures),
        *UNOPENED * (figures["split"] != "test"),
        "The simulator's score has no EEG in it: its EEG carries the chef's attention, and movement and blinks, and the model may use any of these. Nothing "
        "here validates EEG, sound or a thermal picture as a measure of taste.",
    ]
    return "\n".join(lines) + "\n"
