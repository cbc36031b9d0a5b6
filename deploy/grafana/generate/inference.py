"""The model: what runs, where, and how fast."""

from dashboard import Json, dashboard
from panel import BAD, GOOD, ORANGE, SKY, VERMILION, WARN, lines, stat, table
from queries import AT, SITE


def quantiles(metric: str, labels: str) -> list[tuple[str, str]]:
    """Queries for the median and the slowest of a hundred."""
    buckets = f"sum by (le) (rate({metric}_bucket{{{labels}}}[$__rate_interval]))"
    return [(f"histogram_quantile({q}, {buckets})", name) for q, name in [(0.99, "p99"), (0.5, "p50")]]


TWO = {"^p99$": (None, ORANGE), "^p50$": (None, SKY)}


def make() -> Json:
    """The dashboard."""
    model = table(
        "Model 模型",
        "The edition that scores, where it runs, and the version of ONNX Runtime. A provider that was asked for and is not there is named.",
        [(f"wokd_model_info{{{SITE}}}", "{{edition}}")],
        {"edition": "Edition", "provider": "Runs on", "runtime": "ONNX Runtime", "sha256": "SHA-256"},
    )
    step = lines(
        "Step of the model 推理耗时",
        "Half of the steps and 99 of 100 took no longer. All stations' steps must fit into a hop of 0.2 s, the dashed line.",
        quantiles("wokd_inference_duration_seconds", SITE),
        unit="s",
        log=True,
        names=TWO,
        steps=[(None, GOOD), (0.2, VERMILION)],
        limit=True,
        calcs=["lastNotNull"],
    )
    publish = lines(
        "From the end of a hop to its report 延迟",
        "Waiting for late samples, features, model and outlets: what a subscriber sees as delay beyond the hop itself.",
        quantiles("wokd_sample_to_publish_seconds", AT),
        unit="s",
        min=0,
        names=TWO,
        steps=[(None, GOOD), (0.2, VERMILION)],
        limit=True,
        calcs=["lastNotNull"],
    )
    steps = lines(
        "Steps a second 每秒推理",
        "Five for each station that can be scored.",
        [(f"rate(wokd_inference_duration_seconds_count{{{SITE}}}[$__rate_interval])", "steps")],
        unit="hertz",
        min=0,
    )
    lost = stat(
        "Hops lost to the model 推理失败",
        "Of all hops: the step failed, was not done in time, or gave no finite number.",
        [
            (
                f'(sum(rate(wokd_windows_total{{{AT}, outcome=~"inference_failed|overrun|not_finite"}}[$__rate_interval]))'
                f" or 0 * sum(wokd_windows_total{{{AT}}}))"
                f" / sum(rate(wokd_windows_total{{{AT}}}[$__rate_interval]))",
                "lost",
            )
        ],
        unit="percentunit",
        decimals=1,
        steps=[(None, GOOD), (0.01, WARN), (0.1, BAD)],
        text="value",
    )
    heat = lines(
        "GPU temperature GPU 温度",
        "Where the daemon has a GPU to tell of. From about 85 °C on it slows itself down, and the alert WokdGpuHot is raised.",
        [(f"wokd_gpu_temperature_celsius{{{SITE}}}", "GPU")],
        unit="celsius",
        steps=[(None, GOOD), (75, WARN), (85, BAD)],
        limit=True,
        noValue="no GPU 没有 GPU",
    )
    rows = [
        (4, [(18, model), (6, lost)]),
        (8, [(12, step), (12, publish)]),
        (8, [(12, steps), (12, heat)]),
    ]
    about = "Which model runs where, and is it fast enough? 模型在哪里运行,够快吗?"
    return dashboard("wokd-inference", "GPU and inference 推理", about, rows, since="now-1h", many=True)
