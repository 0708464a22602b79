"""Grafana's dashboards, as code: `make dashboards` writes them to `dashboards/`.

queries.py     PromQL that boards share
answers.py     "will HHS be told?" in one number, and what speaks against a yes
panels.py      a stat, lines, a table, bars, a timeline: dressed the same on every board
marks.py       what happened, as lines across the charts
layout.py      rows of panels become a dashboard
boards/        the four boards
pictures/      draws the committed dashboards from a Prometheus, without Grafana
"""

from __future__ import annotations

import warnings

# The older of the SDK's two formats is the one that every Grafana in use reads from files. Each
# module that knows it warns of the newer one when it is imported.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import grafana_foundation_sdk.builders.dashboard
    import grafana_foundation_sdk.builders.stat  # noqa: F401
