"""Queries and series that several dashboards share."""

from panel import GOOD, GREEN, GREY, NONE, ORANGE, PURPLE, SKY, VERMILION, WARN, YELLOW, Step

# Labels of what belongs to a station, and of what belongs to the whole daemon.
AT = 'site="$site", station=~"$station"'
SITE = 'site="$site"'

# A gauge keeps its last value when the pipeline stands still: it is shown only while hops are being scored.
_ALIVE = f'and on (site, station) (sum by (site, station) (rate(wokd_windows_total{{{AT}, outcome="scored"}}[$__rate_interval])) > 0)'
SCORE = f"(wokd_score{{{AT}}} >= 0) {_ALIVE}"
ASPECTS = f"(wokd_aspect{{{AT}}} >= 0) {_ALIVE}"

# A cue stands from its `new` to its `end`. Before the first one there is no series, so one is made that says so.
CUES = (
    f'(sum by (cue) (wokd_cues_total{{{AT}, type="new"}})'
    f' - (sum by (cue) (wokd_cues_total{{{AT}, type="end"}}) or 0 * sum by (cue) (wokd_cues_total{{{AT}, type="new"}})))'
    f' or on () label_replace(0 * sum(wokd_windows_total{{{AT}}}), "cue", "no cue yet 还没有提示", "", "")'
)
CUE_VALUES = {"0": ("–", NONE), "1": ("now 现在", WARN)}
CUE_NAMES = {
    "^bloom$": ("Bloom 爆香", WARN),
    "^reduce$": ("Reduce 收汁", WARN),
    "^flame_off$": ("Flame off 熄火", WARN),
}

ASPECT_NAMES = {
    "^wok_hei$": ("Wok hei 锅气", VERMILION),
    "^heat$": ("Heat 火候", ORANGE),
    "^toss$": ("Toss 颠勺", SKY),
    "^browning$": ("Browning 上色", YELLOW),
    "^timing$": ("Timing 时机", GREEN),
    "^focus$": ("Focus 专注", PURPLE),
}
STREAM_NAMES = {
    "eeg$": (None, PURPLE),
    "audio$|microphone$": (None, SKY),
    "thermal$": (None, ORANGE),
    "aux$": (None, GREY),
}
AGE = f"clamp_min(time() - wokd_stream_last_sample_timestamp_seconds{{{AT}}}, 0)"
AGE_STEPS: list[Step] = [(None, GOOD), (2, ORANGE), (5, VERMILION)]
# A score's steps; the shipped edition's simulated cooks mostly lie between 40 and 80.
SCORE_STEPS: list[Step] = [(None, VERMILION), (40, ORANGE), (60, GOOD)]
