"""What a cook looks back at."""

from dashboard import Json, dashboard
from panel import BAD, GOOD, GREY, SKY, VERMILION, WARN, lines, stat, states
from queries import ASPECT_NAMES, ASPECTS, AT, CUE_NAMES, CUE_VALUES, CUES, SCORE_STEPS

KNOWN = f"site_station_edition:wokd_score:known{{{AT}}}"


def make() -> Json:
    """The dashboard."""

    def number(title: str, description: str, query: str, **rest: object) -> Json:
        return stat(title, description, [(query, "{{station}}")], text="value", **rest)

    best = number(
        "Best minute 最佳一分钟",
        "The highest mean of a minute in the time range.",
        f"max_over_time(site_station_edition:wokd_score:avg1m{{{AT}}}[$__range])",
        unit="none",
        decimals=0,
        steps=SCORE_STEPS,
    )
    mean = number(
        "Mean 平均分",
        "The mean of all known scores in the time range.",
        f"avg_over_time({KNOWN}[$__range])",
        unit="none",
        decimals=0,
        steps=SCORE_STEPS,
    )
    cooked = number(
        "Time with a score 评分时长",
        "Hops with a score in the time range, a fifth of a second each.",
        f'0.2 * sum(increase(wokd_windows_total{{{AT}, outcome="scored"}}[$__range]))',
        unit="s",
        decimals=0,
        colour="none",
    )
    share = number(
        "Hops with a score 有分比例",
        "Of all hops in the time range; the rest were blind, failed or too late. Hops of a closed kitchen count too.",
        f'sum(increase(wokd_windows_total{{{AT}, outcome="scored"}}[$__range])) / sum(increase(wokd_windows_total{{{AT}}}[$__range]))',
        unit="percentunit",
        decimals=0,
        steps=[(None, BAD), (0.5, WARN), (0.9, GOOD)],
    )
    course = lines(
        "Score 技法分",
        "Mean, lowest and highest of the known scores in each minute or longer.",
        [
            (f"max_over_time({KNOWN}[$__rate_interval])", "highest 最高"),
            (f"avg_over_time({KNOWN}[$__rate_interval])", "mean 平均"),
            (f"min_over_time({KNOWN}[$__rate_interval])", "lowest 最低"),
        ],
        unit="none",
        decimals=0,
        min=0,
        max=100,
        steps=SCORE_STEPS,
        interval="1m",
        names={"highest": (None, GREY), "mean": (None, SKY), "lowest": (None, GREY)},
    )
    aspects = lines(
        "Aspects 各项",
        "What the scores were made of, 0–100 %. Focus is an attention proxy and unvalidated.",
        [(ASPECTS, "{{aspect}}")],
        unit="percentunit",
        min=0,
        max=1,
        names=ASPECT_NAMES,
        interval="15s",
    )
    swing = lines(
        "Swing 水煮鱼异常",
        "Standard deviation of the score over two minutes. Above 15 the alert WokdScoreSwinging is raised: no cook gets better and worse that fast.",
        [(f"site_station_edition:wokd_score:stddev2m{{{AT}}}", "{{station}}")],
        unit="none",
        decimals=1,
        min=0,
        steps=[(None, GOOD), (15, VERMILION)],
        limit=True,
        interval="15s",
    )
    cues = states(
        "Cues 提示",
        "When each cue stood, and so when there was something to do.",
        [(CUES, "{{cue}}")],
        values=CUE_VALUES,
        names=CUE_NAMES,
        interval="15s",
    )
    rows = [
        (4, [(6, best), (6, mean), (6, cooked), (6, share)]),
        (9, [(24, course)]),
        (8, [(12, aspects), (12, swing)]),
        (6, [(24, cues)]),
    ]
    about = "How did past cooks go, and when? 之前的菜做得怎么样?"
    return dashboard("wokd-history", "Cook history 炒菜记录", about, rows, since="now-6h", many=False)
