"""`bus metrics`: what the services export, from the catalogue that they are made of."""

from __future__ import annotations

import typer

from bus.cli.output import AsJson, print_rows
from bus.metrics.catalogue import metrics
from bus.metrics.kinds import Metric

app = typer.Typer(help="The metrics that services export.", no_args_is_help=True)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Show every metric: its type, unit, labels, who exports it, and what it tells.

    bus metrics list --json
    """
    print_rows(
        [_row(each) for each in metrics().values()],
        columns=["name", "type", "unit", "labels", "exported_by", "help"],
        as_json=as_json,
        if_none="There are no metrics.",
    )


@app.command("page")
def show_page(as_json: AsJson = False) -> None:
    """Print the page deploy/metrics.md, as it has to be.

    bus metrics page > deploy/metrics.md
    """
    from bus.cli.output import print_json
    from bus.metrics.page import page

    if as_json:
        print_json({"page": page()})
    else:
        typer.echo(page(), nl=False)


def _row(metric: Metric) -> dict[str, object]:
    return {
        "name": metric.name,
        "type": metric.kind.value,
        "unit": metric.unit,
        "labels": list(metric.label_names),
        "exported_by": metric.exporter.value,
        "help": metric.help,
        "buckets": list(metric.buckets),
    }
