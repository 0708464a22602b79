"""One page of HTML with a dashboard and the answers to its questions; draw.js draws it."""

from __future__ import annotations

import html
import json
from pathlib import Path

from deploy.grafana.render.asking import STEP_SECONDS, Json, Window

HERE = Path(__file__).parent

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>{styles}</style>
<header><h1>{title}</h1><p>{caption}</p></header>
<main></main>
<script>{uplot}</script>
<script>const BOARD = {board}; const WINDOW = {window};</script>
<script>{draw}</script>
</html>
"""


def page(dashboard: Json, window: Window, caption: str, uplot: Path) -> str:
    """Return the page; `uplot` is the folder of uPlot's distribution."""
    return PAGE.format(
        title=html.escape(dashboard["title"]),
        caption=html.escape(caption),
        styles=(uplot / "uPlot.min.css").read_text() + (HERE / "page.css").read_text(),
        uplot=(uplot / "uPlot.iife.min.js").read_text(),
        board=_script(dashboard),
        window=_script({"start": window.start, "end": window.end, "step": STEP_SECONDS}),
        draw=(HERE / "draw.js").read_text(),
    )


def height_of(dashboard: Json) -> int:
    """Return how many rows of the grid the dashboard takes."""
    return max(int(panel["gridPos"]["y"] + panel["gridPos"]["h"]) for panel in dashboard["panels"])


def _script(value: Json) -> str:
    return json.dumps(value).replace("<", "\\u003c")
