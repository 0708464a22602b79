"""Write the dashboards: `make dashboards`."""

from __future__ import annotations

from pathlib import Path

from deploy.grafana.boards import boards

FOLDER = Path(__file__).parent / "dashboards"


def main() -> None:
    """Write each board, and remove files of boards that there are no more."""
    texts = {FOLDER / f"{board.uid}.json": board.as_json() for board in boards()}
    for path in set(FOLDER.glob("*.json")) - texts.keys():
        path.unlink()
    for path, text in texts.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
