"""One process of the bus: its services, with their health, metrics and answers over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Sequence
from importlib.metadata import version

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bus.codec.schemas import packaged
from bus.errors import UsageError
from bus.metrics.counted import BUILD
from bus.services import Answering, Service, ServiceContext, load_services
from bus.settings import Settings
from bus.simulation import refuse_real_cluster

logger = structlog.get_logger()

COLLECTOR_THRESHOLDS = (100_000, 20, 50)
"""New objects until the youngest are looked at, and how often until the older ones are.

More than a batch and the one read ahead have: else the collector walks through both, finds them
alive, and takes them for old."""


async def serve(names: Sequence[str], settings: Settings) -> None:
    """Run the services of these names until SIGTERM or SIGINT.

    Raises UnknownNameError for a name that no service has, UsageError where the port is taken or
    a simulated clock would reach a real cluster.
    """
    await refuse_real_cluster(settings)
    context = ServiceContext(settings, settings.clock(), packaged())
    services = load_services(names, context)
    BUILD.labels(version("interagency-bus")).set(1)
    spare_the_collector()
    stopping = stop_at_signal()
    listener = bind(settings.http_host, settings.http_port)
    host, port = listener.getsockname()[:2]
    logger.info("bus.serving", services=[each.name for each in services], host=host, port=port)
    try:
        await run_until_stopped(services, health_server(services), listener, stopping)
    finally:
        for database in context.databases.values():
            await database.close()
    logger.info("bus.stopped")


async def run_until_stopped(
    services: Sequence[Service],
    server: uvicorn.Server,
    listener: socket.socket,
    stopping: asyncio.Event,
) -> None:
    """Run services and health server together; a service that fails stops the others too."""
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.TaskGroup() as tasks:
            for service in services:
                tasks.create_task(run_service(service, stopping))
    except* Exception as failures:
        raise failures.exceptions[0] from None
    finally:
        server.should_exit = True
        await serving


async def run_service(service: Service, stopping: asyncio.Event) -> None:
    """Run one service; if it ends before it was told to, tell the others to stop as well."""
    try:
        await service.run(stopping)
    finally:
        stopping.set()


def spare_the_collector() -> None:
    """Let Python's garbage collector look at what is new, not at what stays until the end.

    A batch makes some ten thousand objects that live as long as the batch and have no cycles. By
    default each of them lets the collector walk through everything, modules and schemas too, for
    up to a tenth of a second at a time: a tenth of all CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def stop_at_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise UsageError, naming the setting, if the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # An answer is written in two pieces; the second mustn't wait 40 ms for the first one's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"{host}:{port} can't be listened on ({error.strerror}); "
            "set BUS_HTTP_PORT to a free port, or to 0"
        ) from error
    return listener


def health_server(services: Sequence[Service]) -> uvicorn.Server:
    """Return the server of /healthz, /readyz and /metrics, without signal handlers of its own."""
    config = uvicorn.Config(health_app(services), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server


def health_app(services: Sequence[Service]) -> Starlette:
    """Return the ASGI application."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_: Request) -> Response:
        reasons = {service.name: service.unready() for service in services}
        ready = not any(reasons.values())
        return JSONResponse({"ready": ready, "unready": reasons}, 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *(Mount("/", each.app) for each in services if isinstance(each, Answering)),
        ]
    )
