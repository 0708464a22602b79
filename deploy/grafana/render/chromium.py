"""A page becomes a picture, by Debian's chromium."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy.grafana.render.programs import program

WIDTH = 1600
UNIT, GAP, MARGIN = 30, 8, 76
"""Of the page's grid, in pixels; the margin holds the title."""


def take_picture(page: Path, picture: Path, grid_height: int) -> None:
    """Let chromium draw the page, `grid_height` units high, into a file of PNG."""
    height = grid_height * (UNIT + GAP) + MARGIN
    subprocess.run(
        [
            program("chromium", "chromium"),
            "--headless",
            "--no-sandbox",  # it shows nothing but our own page, also where we are root
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={page.parent / 'chromium'}",
            f"--window-size={WIDTH},{height}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
