"""One self-contained page: gates, tables and pictures, in Chinese and English."""

import base64
import json
from html import escape
from typing import Any

import numpy as np

from . import DISCLAIMER, classes, probes, sounds
from . import ablations as layers
from . import bounds as limits
from . import gates as judged
from .cooks import CUES

STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}
.first{font-weight:600;border:2px solid #b3261e;padding:.6rem 1rem;border-radius:.4rem}
table{border-collapse:collapse;margin:.6rem 0 1.4rem}th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}.yes{color:#006b3c;font-weight:600}.no{color:#b3261e;font-weight:600}.none{color:#777}
img{max-width:100%;margin:.4rem 0 1.2rem}h2{margin-top:2.4rem;border-bottom:1px solid #ccc}p.what{color:#555;font-size:.9em}code{font-size:.85em}
"""
MISSING = "–"
VARIANTS = "the same cooks (dish and seed) as plain; of swapped-eeg those with EEG"


class Html(str):
    """Text that is HTML already; any other is escaped."""

    __slots__ = ()


def shown(value: Any) -> str:
    """A number for a table; a dash for what was not measured."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    if isinstance(value, float) and np.isinf(value):
        return "∞"
    if isinstance(value, (int, np.integer)) or float(value).is_integer():
        return f"{int(value)}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def with_interval(stated: dict | None) -> str:
    """A value and its 95 % interval."""
    if not stated:
        return MISSING
    low, high = stated.get("low"), stated.get("high")
    interval = "" if low is None or high is None or np.isnan(low) or np.isnan(high) else f" [{shown(low)}, {shown(high)}]"
    return shown(stated.get("value")) + interval


def table(head: list[str], rows: list[list[str]]) -> str:
    """An HTML table."""
    cells = ["<tr>" + "".join(f"<th>{escape(h)}</th>" for h in head) + "</tr>"]
    cells += ["<tr>" + "".join(f"<td>{c if isinstance(c, Html) else escape(c)}</td>" for c in row) + "</tr>" for row in rows]
    return f"<table>{''.join(cells)}</table>"


# How a verdict is coloured, and what it is in Chinese.
VERDICTS = {"reached": ("yes", "达标"), "not reached": ("no", "未达"), "not measured": ("none", "未测"), "stated": ("none", "记录")}


def verdict(gate: dict) -> Html:
    """A gate's verdict, coloured."""
    colour, zh = VERDICTS[told := judged.verdict(gate)]
    return Html(f'<span class="{colour}">{told} {zh}</span>')


def gates(found: dict) -> str:
    """The table of gates; the judgement of a value is its point or the named end of its interval, as `wanted` says."""
    rows = [
        [
            gate["name"] if gate["name"].startswith(gate["zh"]) else f"{gate['zh']} {gate['name']}",
            gate["wanted"],
            with_interval({"value": gate["measured"], **dict(zip(("low", "high"), gate["interval"] or (), strict=False))}),
            verdict(gate),
            "asked for" if gate["source"] == "issue" else "design choice",
            Html(f"<code>{escape(gate['command'])}</code>"),
        ]
        for gate in found["gates"]
    ]
    return table(["Gate 关", "Wanted 期望", "Measured 实测 [95 %]", "Verdict 结论", "Limit 来源", "Command 命令"], rows)


def errors(found: dict) -> str:
    """Errors and skills by dish and overall."""
    own = found["plain"]["errors"]
    rows = [
        [dish, str(row["cooks"]), *(with_interval(row["error"][k]) for k in ("at_50", "flame_off", "all")), with_interval(row["skill"]["flame_off"])]
        for dish, row in {"all 全部": own, **own["by_dish"]}.items()
    ]
    late = {k: v for k, v in own["unanswered"].items() if v}
    note = f"<p class=what>Cooks without any score, which no figure counts: {own['unscored_cooks']}.</p>"
    note += f"<p class=what>Cooks without an answer: {escape(json.dumps(late))}</p>" if late else ""
    return table(["Dish 菜", "Cooks", "Error at 50 %", "at flame-off", "all hops", "Skill at flame-off"], rows) + note


def intervals(found: dict) -> str:
    """Coverage, width and pinball by dish, and what calibration cooks ask for."""
    own = found["plain"]["intervals"]
    names = ("coverage_80", "coverage_50", "width_80", "pinball")
    rows = [["all 全部", *(with_interval(own[n]) for n in names)]]
    rows += [[dish, *(with_interval(row[n]) for n in names)] for dish, row in own["by_dish"].items()]
    worst = own["worst_stratum"]
    out = table(["Dish 菜", "80 %", "50 %", "Width of 80 %", "Pinball"], rows)
    out += f"<p>Worst stratum: quarter {worst['quarter']} of {escape(worst['dish'])}: {escape(with_interval(worst))}. Crossed hops: {own['crossed_hops']}.</p>"
    if conformal := found.get("conformal"):
        rows = [["as shipped", MISSING, *(with_interval(conformal["before"][n]) for n in ("coverage_80", "width_80"))]]
        for name in ("one factor", "by elapsed time"):
            if row := conformal.get(name):
                rows.append([name, ", ".join(shown(f) for f in row["factors"]), *(with_interval(row[n]) for n in ("coverage_80", "width_80"))])
        out += "<h3>Conformalised 保形</h3>" + table(["Widening", "Factors", "Coverage of 80 %", "Width"], rows)
    return out


def phases(found: dict) -> str:
    """Phases by dish."""
    rows = [
        [dish, with_interval(row["macro_f1"]), with_interval(row["boundary_s"]), shown(row["boundaries_missed"]), shown(row["false_changes_a_minute"])]
        for dish, row in found["plain"]["phases"]["by_dish"].items()
    ]
    return table(["Dish 菜", "Macro-F1", "Boundary, s", "Boundaries missed", "False changes/min"], rows)


def cues(found: dict) -> str:
    """Cues of the model and of the clock."""
    own, rows = found["plain"]["cues"], []
    for who in ("model", "clock"):
        for name in CUES:
            if row := own.get(who, {}).get(name):
                counts = [shown(row[k]) for k in ("hits", "misses", "false_alarms", "censored")]
                rows.append([f"{who}: {name}", *(with_interval(row[k]) for k in ("f1", "precision", "recall", "median_error_s")), *counts])
    return table(["Cue 提示", "F1", "Precision", "Recall", "Median |error|, s", "Hits", "Misses", "False alarms", "Censored"], rows)


def criteria(found: dict) -> str:
    """The six review criteria with all that was measured for each."""
    own, cue = found["plain"]["criteria"], found["plain"]["cues"]
    balance, width = own["balance"], own["seasoning"]["width"]
    rows = [
        ["镬气 wok hei", "correlation of the aspect with its truth", with_interval(own["aspects"]["correlation"]["wok_hei"])],
        ["", "error of the aspect, 0–1", with_interval(own["aspects"]["error"]["wok_hei"])],
        ["余韵 aftertaste", "drift of the score from 2 s after flame-off on, points", with_interval(own["aftertaste"]["drift"])],
        ["层次 layers", "share of aspects whose truth no other aspect tells better", with_interval(own["aspects"]["layers"])],
        ["入味 seasoned", "interval at the end over that at a quarter", with_interval(own["seasoning"]["convergence"])],
        *(["", f"width of the 80 % interval {k.replace('_', ' ')} %, points", with_interval(v)] for k, v in width.items()),
        ["点缀 garnish", "lowest F1 of the cues", with_interval(cue["worst_f1"])],
        ["肥瘦相间 balance", "largest mean share of attention", with_interval(balance["largest"])],
        ["", "effective number of modalities, 1–4", with_interval(balance["effective"])],
        *(["", f"attention to {k}", with_interval(v)] for k, v in balance["attention"].items()),
        ["", "largest share of the skill lost without a sensor", with_interval(balance.get("largest_loss_share"))],
    ]
    return table(["Criterion 评鉴", "Measure 度量", "Measured 实测 [95 %]"], rows)


def variants(found: dict) -> str:
    """Every variant's skill and coverage and their change."""
    rows = [
        [
            name,
            str(row["cooks"]) + (f" and {row['unscored_cooks']} without a score" if row["unscored_cooks"] else ""),
            with_interval(row["skill"]["flame_off"]),
            with_interval(row["skill_over_other_dishes"]["flame_off"]),
            with_interval(row["skill_change"]["flame_off"]),
            with_interval(row["error_change"]["all"]),
            with_interval(row["coverage_80"]),
        ]
        for name, row in found["variants"].items()
    ]
    head = ["Cooks", "Skill at flame-off", "Over other dishes' median", "Change of skill", "Change of error, points", "Coverage of 80 %"]
    return table(["Variant 变体", *head], rows)


def baselines(found: dict) -> str:
    """Every baseline's error and how far the model beats it."""
    rows = [[name, with_interval(row["error"]), with_interval(row.get("gain"))] for name, row in found["baselines"]["of"].items()]
    return table(["Baseline 基线", "Error, mean of 25–100 %", "Gain of the model"], rows)


def ablations(found: dict) -> str:
    """What each layer is worth, nulls included."""
    rows = [
        [name, layers.pairs(row), with_interval(row), "detected 检出" if row["detected"] else "not detected 未检出"]
        + [with_interval(row.get(moment)) for moment in layers.MOMENTS[1:]]
        for name, row in found["ablations"]["of"].items()
    ]
    return table(["Without 去掉, or put in its place", "Pairs of seeds", "Error more, points", "Verdict", "At half", "At the end"], rows)


def measured(head: list[str], rows: list[list[str | dict]]) -> str:
    """A table whose cells are text, or values with their intervals."""
    return table(head, [[cell if isinstance(cell, str) else with_interval(cell) for cell in row] for row in rows])


def bounds(found: dict) -> str:
    """What networks do that are told exactly what sensors only hint at."""
    return measured(limits.head(), limits.rows(found["bounds"]["of"]))


def heard(found: dict) -> str:
    """Real recordings by what the probe named them."""
    return measured(sounds.head(found["sounds"]), sounds.rows(found["sounds"]))


def lingering(found: dict) -> str:
    """The classification report of the aftertaste; empty where no cook lasts long enough."""
    own = found["plain"]["classes"]
    if not own["cooks"]:
        return ""
    note = f"<p class=what>{escape(own['what'])}; {own['left_out']} cooks ended too soon.</p>"
    return measured(classes.HEAD, classes.rows(own)) + note


def stability(found: dict) -> str:
    """Repeats by dish."""
    own = found["stability"]
    rows = [["all 全部", str(own["cooks"]), with_interval(own["sd"]), with_interval(own["icc"])]]
    rows += [[dish, str(row["cooks"]), shown(row["sd"]), shown(row["icc"])] for dish, row in own["by_dish"].items()]
    return table(["Dish 菜", "Cooks", "SD, points", "ICC(2,1)"], rows)


def embedded(made: dict[str, bytes], start: str) -> str:
    """The pictures whose names begin so, as images that need no file."""
    return "".join(
        f'<img alt="{escape(name)}" src="data:image/png;base64,{base64.b64encode(image).decode()}">' for name, image in made.items() if name.startswith(start)
    )


def page(found: dict, made: dict[str, bytes]) -> str:
    """The whole page. A section without figures is left out; its gates say that they were not measured."""
    own = found["plain"]
    sections = [
        ("关卡 Gates", gates(found), ""),
        ("六项评鉴 Six criteria", criteria(found), "every measure is a design choice; wok hei has no validated measure"),
        ("误差 Errors", errors(found) + embedded(made, "error-over-cook"), own["errors"]["what"]),
        ("基线 Baselines", baselines(found) if "baselines" in found else "", found.get("baselines", {}).get("what", "")),
        ("区间 Intervals", intervals(found) + embedded(made, "calibration"), own["intervals"]["what"]),
        ("学习 Training", embedded(made, "training"), "loss by epoch with the phases of Dynamic Heat, and what the rule of convergence said"),
        ("阶段 Phases", phases(found), own["phases"]["what"]),
        ("提示 Cues", cues(found), own["cues"]["what"]),
        ("界限 Bounds", bounds(found) if "bounds" in found else "", found.get("bounds", {}).get("what", "")),
        ("回锅稳定性 Stability", stability(found) if "stability" in found else "", found.get("stability", {}).get("what", "")),
        ("拆层 Ablations", ablations(found) if "ablations" in found else "", found.get("ablations", {}).get("what", "")),
        ("川渝与异厨 Variants", variants(found) + embedded(made, "variants") if found["variants"] else "", VARIANTS),
        ("麻辣等级 Spice levels", embedded(made, "spice-levels"), "sensor faults of the levels 1 to 5"),
        ("真声 Real sounds", heard(found) if "sounds" in found else "", found.get("sounds", {}).get("what", "")),
        ("味型 Aspects", embedded(made, "aspects"), "at the last hop; focus is an attention proxy, unvalidated"),
        ("回甘 Aftertaste", embedded(made, "aftertaste") + lingering(found), "mean over the cooks that still last"),
        ("分镜稿 Storyboards", embedded(made, "storyboard"), "of each dish the cook of median error"),
        ("注意力 Attention", embedded(made, "attention"), "shares of attention are no proof of use; the variants without a sensor are"),
        (
            "探针 Probes",
            probes.section(found, table, with_interval, embedded(made, "deletion")) if "probes" in found else "",
            "simulated validation cooks; 95 % bootstrap over cooks",
        ),
    ]
    body = "".join(f"<h2>{title}</h2><p class=what>{escape(what)}</p>{content}" for title, content, what in sections if content)
    head = f"<p class=first>{DISCLAIMER}<br>无人尝过这里的任何一道菜：全部为模拟烹饪，标签由模拟器给出，只说明软件自洽。</p>"
    which = f"<p>Edition <code>{escape(found['edition'])}</code>, model <code>{escape(found['model_sha256'])}</code>, {own['errors']['cooks']} cooks.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Flavorformer: model report 模型报告</title>'
        f"<style>{STYLE}</style></head><body>{head}<h1>Flavorformer 模型报告 Model report</h1>{which}{body}</body></html>\n"
    )
