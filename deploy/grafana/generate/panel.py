"""Panels: what all of them share, so that each one states only what it shows."""

from typing import Any

Json = dict[str, Any]

# Colours that people with any kind of colour blindness tell apart: M. Okabe and K. Ito, "Color Universal Design" (2008).
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8C8C8C"
# States never differ by red and green alone.
GOOD, WARN, BAD, NONE = BLUE, ORANGE, VERMILION, GREY

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

Target = tuple[str, str]
Step = tuple[float | None, str]


def panel(
    kind: str,
    title: str,
    description: str,
    targets: list[Target],
    *,
    unit: str,
    options: Json,
    custom: Json | None = None,
    steps: list[Step] | None = None,
    instant: bool = False,
    table: bool = False,
    names: dict[str, tuple[str | None, str]] | None = None,
    overrides: list[Json] | None = None,
    interval: str | None = None,
    **defaults: Any,
) -> Json:
    """A panel without its place.

    targets: (query, legend). steps: thresholds as (from, colour), the first from None. names: series by regular
    expression of their legend, each with what it is shown as (None: as it is) and its colour.
    """
    colour = defaults.pop("color", {"mode": "thresholds"})
    by_name = [
        {
            "matcher": {"id": "byRegexp", "options": f"/{pattern}/"},
            "properties": [
                *([{"id": "displayName", "value": shown}] if shown else []),
                {"id": "color", "value": {"mode": "fixed", "fixedColor": of}},
            ],
        }
        for pattern, (shown, of) in (names or {}).items()
    ]
    made: Json = {
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "noValue": "no data 无数据",
                "color": colour,
                "mappings": [],
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"value": value, "color": of} for value, of in steps or [(None, GOOD)]],
                },
                **defaults,
                **({"custom": custom} if custom else {}),
            },
            "overrides": by_name + (overrides or []),
        },
        "options": options,
        "targets": [
            {
                "refId": chr(ord("A") + i),
                "datasource": DATASOURCE,
                "expr": query,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
                "format": "table" if table else "time_series",
                "editorMode": "code",
            }
            for i, (query, legend) in enumerate(targets)
        ],
    }
    if interval:
        made["interval"] = interval
    return made


def legend(calcs: list[str] | None = None) -> Json:
    """Below the panel, with what is reckoned of each series."""
    return {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": calcs or []}


def reduced() -> Json:
    """To the newest value."""
    return {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(title: str, description: str, targets: list[Target], *, colour: str = "background", **rest: Any) -> Json:
    """One number, or one a series."""
    options = {
        "reduceOptions": reduced(),
        "orientation": "auto",
        "colorMode": colour,
        "graphMode": "none",
        "justifyMode": "center",
        "textMode": rest.pop("text", "auto"),
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
    }
    rest.setdefault("instant", True)
    return panel("stat", title, description, targets, options=options, **rest)


def bars(title: str, description: str, targets: list[Target], **rest: Any) -> Json:
    """A bar for each series, as it is now."""
    options = {
        "reduceOptions": reduced(),
        "orientation": "horizontal",
        "displayMode": "basic",
        "valueMode": "color",
        "namePlacement": "left",
        "showUnfilled": True,
        "sizing": "auto",
        "minVizWidth": 8,
        "minVizHeight": 16,
        "maxVizHeight": 300,
        "legend": {**legend(), "showLegend": False},
    }
    return panel("bargauge", title, description, targets, options=options, instant=True, **rest)


def lines(
    title: str,
    description: str,
    targets: list[Target],
    *,
    log: bool = False,
    limit: bool = False,
    stacked: bool = False,
    calcs: list[str] | None = None,
    **rest: Any,
) -> Json:
    """Lines over time. limit: the thresholds are drawn too. A gap in the data is a gap in the line."""
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 2,
        "fillOpacity": 25 if stacked else 0,
        "showPoints": "never",
        "spanNulls": False,
        "axisPlacement": "auto",
        "axisLabel": "",
        "scaleDistribution": {"type": "log", "log": 10} if log else {"type": "linear"},
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if limit else "off"},
    }
    options = {"legend": legend(calcs), "tooltip": {"mode": "multi", "sort": "desc"}}
    rest.setdefault("color", {"mode": "fixed", "fixedColor": SKY})
    return panel("timeseries", title, description, targets, options=options, custom=custom, **rest)


def states(title: str, description: str, targets: list[Target], *, values: dict[str, tuple[str, str]], **rest: Any) -> Json:
    """States over time. values: each value with its text and colour."""
    options = {
        "showValue": "auto",
        "rowHeight": 0.8,
        "mergeValues": True,
        "alignValue": "left",
        "legend": legend(),
        "tooltip": {"mode": "single", "sort": "none"},
    }
    mapped = {value: {"index": i, "text": text, "color": colour} for i, (value, (text, colour)) in enumerate(values.items())}
    return panel(
        "state-timeline",
        title,
        description,
        targets,
        unit="none",
        options=options,
        custom={"fillOpacity": 80, "lineWidth": 0},
        mappings=[{"type": "value", "options": mapped}],
        **rest,
    )


def table(title: str, description: str, targets: list[Target], columns: dict[str, str], **rest: Any) -> Json:
    """The labels of an info metric as rows. columns: labels in their order, and what they are called."""
    made = panel(
        "table",
        title,
        description,
        targets,
        unit="none",
        options={"showHeader": True, "frameIndex": 0, "cellHeight": "sm"},
        custom={"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False},
        instant=True,
        table=True,
        **rest,
    )
    made["transformations"] = [
        {"id": "filterFieldsByName", "options": {"include": {"names": list(columns)}}},
        {
            "id": "organize",
            "options": {
                "indexByName": {label: i for i, label in enumerate(columns)},
                "renameByName": columns,
                "excludeByName": {},
            },
        },
    ]
    return made
