"""A dashboard: its variables, its links to the others, and its panels in rows."""

from panel import DATASOURCE, Json

# Of the published schema that the tests check against (@grafana/schema 12.4).
SCHEMA = 42
COLUMNS = 24

Row = tuple[int, list[tuple[int, Json]]]


def dashboard(uid: str, title: str, description: str, rows: list[Row], *, since: str, many: bool) -> Json:
    """rows: (height, [(width, panel)]), 24 columns wide. many: stations may be looked at together."""
    panels, y = [], 0
    for height, row in rows:
        x = 0
        for width, panel in row:
            panels.append({"id": len(panels) + 1, "gridPos": {"x": x, "y": y, "w": width, "h": height}, **panel})
            x += width
        assert x == COLUMNS, f"a row of {title} is {x} wide"
        y += height
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["wokd"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "5s",
        "time": {"from": since, "to": "now"},
        "timezone": "browser",
        "fiscalYearStartMonth": 0,
        "links": [
            {
                "type": "dashboards",
                "title": "wokd",
                "tags": ["wokd"],
                "icon": "external link",
                "tooltip": "",
                "asDropdown": True,
                "includeVars": True,
                "keepTime": False,
                "targetBlank": False,
            }
        ],
        "annotations": {"list": []},
        "templating": {"list": variables(many)},
        "panels": panels,
    }


def variables(many: bool) -> list[Json]:
    """The data source, the site and the station, which every dashboard has."""

    def labels(name: str, label: str, query: str, **rest: object) -> Json:
        return {
            "type": "query",
            "name": name,
            "label": label,
            "datasource": DATASOURCE,
            "query": {"query": query, "refId": name},
            # 2: anew whenever the time range changes, so that a new station shows up; 1: sorted by name.
            "refresh": 2,
            "sort": 1,
            "hide": 0,
            **rest,
        }

    every = {"multi": True, "includeAll": True, "current": {"text": ["All"], "value": ["$__all"]}}
    return [
        {
            "type": "datasource",
            "name": "datasource",
            "label": "Data source 数据源",
            "query": "prometheus",
            "hide": 0,
        },
        labels("site", "Site 厨房", "label_values(wokd_build_info, site)"),
        labels(
            "station",
            "Station 灶台",
            'label_values(wokd_windows_total{site="$site"}, station)',
            **(every if many else {}),
        ),
    ]
