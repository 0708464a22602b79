"""Draw each board on a healthy day and on its broken one: `make pictures`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bus.errors import UnavailableError
from deploy.grafana.render.asking import Window, answered
from deploy.grafana.render.chromium import take_picture
from deploy.grafana.render.days import NOW, Day, days
from deploy.grafana.render.page import height_of, page
from deploy.grafana.render.programs import program
from deploy.grafana.render.prometheus import prometheus_over

HERE = Path(__file__).parent
DASHBOARDS = HERE.parent / "dashboards"
PICTURES = HERE.parent / "pictures"
CAPTION = "Made-up data, drawn from a real Prometheus. {:%Y-%m-%d %H:%M} UTC, the 24 hours before"


def main() -> int:
    """Draw all pictures; return the exit code."""
    try:
        uplot = _uplot()
        for day in days():
            with TemporaryDirectory() as folder:
                _draw(day, Path(folder), uplot)
    except UnavailableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 5
    return 0


def _draw(day: Day, folder: Path, uplot: Path) -> None:
    with prometheus_over(folder, day.history().lines()) as client:
        for board in day.boards:
            picture = PICTURES / f"{board.removeprefix('bus-')}-{day.name}.png"
            _draw_board(client, board, folder, uplot, picture)
            print(picture)


def _draw_board(client: httpx.Client, board: str, folder: Path, uplot: Path, picture: Path) -> None:
    dashboard = json.loads((DASHBOARDS / f"{board}.json").read_text())
    window = Window(NOW.timestamp())
    text = page(answered(client, dashboard, window), window, CAPTION.format(NOW), uplot)
    file = folder / f"{board}.html"
    file.write_text(text)
    take_picture(file, picture, height_of(dashboard))


def _uplot() -> Path:
    """Install what package-lock.json names, and return the folder of uPlot's distribution."""
    npm = program("npm", "npm")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--silent"], cwd=HERE, check=True)
    return HERE / "node_modules/uplot/dist"


if __name__ == "__main__":
    sys.exit(main())
