"""`bus serve`: one process with the services of these names."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

Services = Annotated[list[str], typer.Argument(metavar="SERVICE…|all")]


def serve(services: Services) -> None:
    """Run services in one process until SIGTERM or SIGINT.

    Services are hhs-intake, tracker, gate, relay and monitor; any number of processes may share the
    work, of monitors one is enough. Health and metrics are served over HTTP at BUS_HTTP_HOST and
    BUS_HTTP_PORT: /healthz, /readyz, /metrics; and what the gate answers: /v1/gate/POLICY_ID. Logs
    go to stderr.

        bus serve hhs-intake tracker
    """
    from bus.logconfig import configure_logging
    from bus.serving import serve as run_services
    from bus.settings import load_settings

    settings = load_settings()
    configure_logging(settings.log_format)
    asyncio.run(run_services(services, settings))
