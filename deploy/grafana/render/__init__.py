"""Draws the committed dashboards to pictures, without Grafana: `make pictures`.

    history.py      the series of a day, as OpenMetrics text
    curves.py       how a value goes over a day
    healthy.py      a made-up day on which all is well
    broken.py       made-up days on which one thing is wrong
    days.py         which board is drawn on which day
    prometheus.py   a real Prometheus over such a day
    asking.py       asks it what each panel asks
    page.py         one page of HTML with the answers
    draw.js         draws them: values, tables and bars itself, lines with uPlot
    chromium.py     the page becomes a picture

uPlot is a package of npm; its version and digest are locked in `package-lock.json`.
"""
