"""What whoever keeps the rig running looks at."""

from dashboard import Json, dashboard
from panel import BAD, BLUE, GOOD, GREEN, GREY, NONE, ORANGE, PURPLE, SKY, VERMILION, WARN, YELLOW, lines, stat, states
from queries import AGE, AGE_STEPS, AT, SITE, STREAM_NAMES

OUTCOMES = {
    "^scored$": (None, BLUE),
    "^blind$": (None, GREY),
    "^overrun$": (None, ORANGE),
    "^not_finite$": (None, PURPLE),
    "^inference_failed$": (None, VERMILION),
}
REASONS = {
    "late$": (None, ORANGE),
    "invalid$": (None, VERMILION),
    "superseded$": (None, SKY),
    "queue$": (None, PURPLE),
    "segment$": (None, GREEN),
    "overrun$": (None, YELLOW),
}
MESSAGES = {
    "^sent$": (None, BLUE),
    "^acknowledged$": (None, SKY),
    "^dropped$": (None, VERMILION),
    "^expired$": (None, ORANGE),
}


def make() -> Json:
    """The dashboard."""
    up = stat(
        "Daemon 守护进程",
        "Whether Prometheus reaches wokd, each kitchen's at its address.",
        [('up{job="wokd"}', "{{instance}}")],
        unit="none",
        steps=[(None, BAD), (1, GOOD)],
        text="value_and_name",
        mappings=[
            {
                "type": "value",
                "options": {
                    "0": {"index": 0, "text": "down 停止", "color": BAD},
                    "1": {"index": 1, "text": "up 正常", "color": GOOD},
                },
            }
        ],
    )
    alerts = states(
        "Alerts 告警",
        "Alerts that fire, by name; what to do is in each one's description, on Prometheus's page /alerts.",
        [
            (
                'max by (alertname) (ALERTS{alertname=~"Wokd.*", alertstate="firing"}) or on () label_replace(vector(0), "alertname", "none 无", "", "")',
                "{{alertname}}",
            )
        ],
        values={"0": ("quiet 正常", GOOD), "1": ("fires 告警", BAD)},
    )
    sensors = states(
        "Sensors 传感器",
        "Whether samples of each stream come in.",
        [(f"rate(wokd_stream_samples_total{{{AT}}}[$__rate_interval]) > bool 0", "{{station}} {{stream}}")],
        values={"0": ("silent 无数据", BAD), "1": ("on 在线", GOOD)},
    )
    age = stat(
        "How old the data is 数据新鲜度",
        "Since the newest sample of each sensor.",
        [(AGE, "{{station}} {{stream}}")],
        unit="s",
        decimals=1,
        steps=AGE_STEPS,
        text="value_and_name",
    )
    samples = lines(
        "Samples a second",
        "What each stream delivers: EEG some hundreds, sound 16,000 and more, pictures a few.",
        [(f"rate(wokd_stream_samples_total{{{AT}}}[$__rate_interval])", "{{station}} {{stream}}")],
        unit="hertz",
        log=True,
        names=STREAM_NAMES,
    )
    dropped = lines(
        "Samples dropped, by reason",
        "late: after its hop closed; invalid: frozen, out of range; queue: the machine is too slow; segment: its clock jumped.",
        [
            (
                f"sum by (station, stream, reason) (rate(wokd_stream_dropped_total{{{AT}}}[$__rate_interval]))",
                "{{station}} {{stream}} {{reason}}",
            )
        ],
        unit="hertz",
        min=0,
        names=REASONS,
    )
    garbage = lines(
        "Bytes that meant nothing",
        "Of what each sensor sent. Much of it is a wrong baud rate or a bad cable.",
        [
            (
                f"rate(wokd_source_skipped_bytes_total{{{AT}}}[$__rate_interval]) / (rate(wokd_source_bytes_total{{{AT}}}[$__rate_interval]) > 0)",
                "{{station}} {{sensor}}",
            )
        ],
        unit="percentunit",
        min=0,
        names=STREAM_NAMES,
        steps=[(None, GOOD), (0.05, WARN)],
        limit=True,
    )
    lost = stat(
        "Sensors lost 断开次数",
        "How often each sensor went away in the time range after it had been there.",
        [(f"increase(wokd_source_lost_total{{{AT}}}[$__range])", "{{station}} {{sensor}}")],
        unit="short",
        decimals=0,
        steps=[(None, GOOD), (1, WARN), (5, BAD)],
        text="value_and_name",
    )
    hops = lines(
        "Hops by outcome",
        "Five a second for each station. blind: no sensor that can be scored by; overrun: the model was not done in time.",
        [(f"sum by (outcome) (rate(wokd_windows_total{{{AT}}}[$__rate_interval]))", "{{outcome}}")],
        unit="hertz",
        min=0,
        stacked=True,
        names=OUTCOMES,
    )
    messages = lines(
        "MQTT messages",
        "sent: scores handed over; acknowledged: states and cues that the broker confirmed; dropped and expired: lost.",
        [(f"sum by (outcome) (rate(wokd_mqtt_messages_total{{{SITE}}}[$__rate_interval]))", "{{outcome}}")],
        unit="hertz",
        min=0,
        names=MESSAGES,
    )
    errors = lines(
        "Errors",
        "By stage and type, each minute. mqtt connection: lost or refused; record: the disk; source panic: a defect, started again.",
        [
            (
                f"60 * sum by (stage, error_type) (rate(wokd_errors_total{{{SITE}}}[$__rate_interval]))",
                "{{stage}} {{error_type}}",
            )
        ],
        unit="cpm",
        min=0,
        names={
            "^mqtt": (None, SKY),
            "^model": (None, VERMILION),
            "^record": (None, ORANGE),
            "^source": (None, PURPLE),
            "^lsl": (None, GREEN),
            "^outlets": (None, NONE),
        },
    )
    rows = [
        (5, [(4, up), (12, alerts), (8, lost)]),
        (6, [(12, sensors), (12, age)]),
        (8, [(12, samples), (12, dropped)]),
        (8, [(12, garbage), (12, hops)]),
        (8, [(12, messages), (12, errors)]),
    ]
    about = "Does everything work, and if not, what is wrong? 设备是否正常,哪里出了问题?"
    return dashboard("wokd-rig", "Rig health 设备健康", about, rows, since="now-1h", many=True)
