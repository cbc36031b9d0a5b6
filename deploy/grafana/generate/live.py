"""What a cook looks at: the score now, why, and what to do."""

from dashboard import Json, dashboard
from panel import BAD, GOOD, WARN, bars, lines, stat, states
from queries import AGE, AGE_STEPS, ASPECT_NAMES, ASPECTS, AT, CUE_NAMES, CUE_VALUES, CUES, SCORE, SCORE_STEPS

# None at all is 0, not "no data".
SCORED = f'sum(rate(wokd_windows_total{{{AT}, outcome="scored"}}[$__rate_interval])) or 0 * sum(wokd_windows_total{{{AT}}})'


def make() -> Json:
    """The dashboard."""
    score = stat(
        "Technique score 技法分",
        "The score of the last hop, 0–100. Without a score, or when the pipeline stands still, there is no number.",
        [(SCORE, "{{station}}")],
        unit="none",
        decimals=0,
        min=0,
        max=100,
        steps=SCORE_STEPS,
        text="value",
        noValue="no score 无分",
    )
    age = stat(
        "How old the data is 数据新鲜度",
        "Since the newest sample of each sensor. Beyond 5 s the sensor is as good as gone.",
        [(AGE, "{{stream}}")],
        unit="s",
        decimals=1,
        steps=AGE_STEPS,
        text="value_and_name",
    )
    pace = stat(
        "Scores a second 每秒评分",
        "Five when all is well; fewer while sensors are blind or the machine is too slow.",
        [(SCORED, "scores")],
        unit="hertz",
        decimals=1,
        steps=[(None, BAD), (3, WARN), (4.5, GOOD)],
        text="value",
    )
    aspects = bars(
        "Why 原因",
        "What the score is made of, 0–100 %. Focus is an attention proxy and unvalidated.",
        [(ASPECTS, "{{aspect}}")],
        unit="percentunit",
        decimals=0,
        min=0,
        max=1,
        names=ASPECT_NAMES,
        noValue="no score 无分",
    )
    course = lines(
        "Score 技法分走势",
        "The score over the last minutes. Where there was none there is no line.",
        [(SCORE, "{{station}} ({{edition}})")],
        unit="none",
        decimals=0,
        min=0,
        max=100,
        steps=SCORE_STEPS,
        calcs=["min", "max"],
    )
    cues = states(
        "What to do 提示",
        "Cues while they stand: from when they were first told until the cook acted or they expired.",
        [(CUES, "{{cue}}")],
        values=CUE_VALUES,
        names=CUE_NAMES,
    )
    rows = [
        (7, [(6, score), (9, aspects), (9, age)]),
        (8, [(20, course), (4, pace)]),
        (6, [(24, cues)]),
    ]
    about = "How good is the cooking right now, why, and what to do? 现在做得怎么样,为什么,该做什么?"
    return dashboard("wokd-live", "Live station 实时灶台", about, rows, since="now-5m", many=False)
