"""What the clocks of the sensors are known to, and whether the streams agree."""

from dashboard import Json, dashboard
from panel import BAD, GOOD, GREEN, GREY, NONE, ORANGE, PURPLE, VERMILION, WARN, lines, stat, states
from queries import AT, STREAM_NAMES


def make() -> Json:
    """The dashboard."""
    uncertainty = lines(
        "Uncertainty 时钟误差",
        "Standard deviation of each stream's clock model, without its fixed delay (latency_ms). Above 5 ms WokdClockUncertain is raised.",
        [(f"wokd_clock_uncertainty_seconds{{{AT}}}", "{{station}} {{stream}}")],
        unit="s",
        log=True,
        names=STREAM_NAMES,
        steps=[(None, GOOD), (0.005, VERMILION)],
        limit=True,
        calcs=["lastNotNull"],
    )
    drift = lines(
        "Drift 漂移",
        "How much slower than the host's each clock runs. Crystals are within ±100 ppm; heat moves them by a few.",
        [(f"wokd_clock_drift_ratio{{{AT}}} * 1e6", "{{station}} {{stream}}")],
        unit="ppm",
        names=STREAM_NAMES,
        calcs=["lastNotNull"],
    )
    offset = lines(
        "Offset since the segment began 累计偏差",
        "What drift has added up to; it starts at zero anew when a device restarts.",
        [(f"wokd_clock_offset_seconds{{{AT}}}", "{{station}} {{stream}}")],
        unit="s",
        names=STREAM_NAMES,
    )
    jumps = stat(
        "Jumps 时钟跳变",
        "New clock segments in the time range: a device that restarted, a jump, or a suspended machine.",
        [(f"increase(wokd_clock_segments_total{{{AT}}}[$__range])", "{{station}} {{stream}}")],
        unit="short",
        decimals=0,
        steps=[(None, GOOD), (1, WARN), (5, BAD)],
        text="value_and_name",
    )
    basis = states(
        "What the clocks rest on 依据",
        "one-sided: delays only add, the quickest arrivals tell the time; symmetric: means do; two-way: the device answers probes.",
        [(f"wokd_clock_noise{{{AT}}} == 1", "{{station}} {{stream}}: {{noise}}")],
        values={"1": ("in use", GOOD)},
    )
    lag = lines(
        "Lag between streams 各路延迟",
        "How much later the first of a pair shows tosses than the second, with its interval of 95 %; known after some 12 s of tossing.",
        [
            (f"wokd_crossmodal_lag_high_seconds{{{AT}}}", "{{station}} {{pair}} high"),
            (f"wokd_crossmodal_lag_seconds{{{AT}}}", "{{station}} {{pair}}"),
            (f"wokd_crossmodal_lag_low_seconds{{{AT}}}", "{{station}} {{pair}} low"),
        ],
        unit="s",
        names={
            "eeg_audio": (None, PURPLE),
            "thermal_audio": (None, ORANGE),
            "eeg_thermal": (None, GREEN),
        },
        overrides=[
            {
                "matcher": {"id": "byRegexp", "options": "/ (low|high)$/"},
                "properties": [
                    {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 6]}},
                    {"id": "custom.lineWidth", "value": 1},
                ],
            }
        ],
        steps=[(None, WARN), (-0.05, GREY), (0.05, WARN)],
        limit=True,
    )
    alarm = states(
        "Do the streams agree? 各路是否一致",
        "wokd's own alarm: the whole interval of a lag is out of bounds. `wokd align` puts it right.",
        [(f"wokd_crossmodal_alarm{{{AT}}}", "{{station}} {{pair}}")],
        values={"0": ("no objection 无异议", NONE), "1": ("disagree 不一致", BAD)},
    )
    rows = [
        (8, [(12, uncertainty), (12, drift)]),
        (8, [(12, offset), (12, lag)]),
        (7, [(8, basis), (8, alarm), (8, jumps)]),
    ]
    about = "Is it known when each sample was true, and do the sensors agree? 各传感器的时间是否对得上?"
    return dashboard("wokd-clocks", "Clocks 时钟", about, rows, since="now-1h", many=True)
