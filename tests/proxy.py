"""A TCP proxy that a test can cut, silence and slow: the network between a worker and the rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Forwards connections to a target while it is open; cutting it ends those that stand."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_open = True
        self._flows = asyncio.Event()
        self._flows.set()
        self._delay_seconds = 0.0
        self.port = 0

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        self._is_open = False
        for writer in self._writers:
            writer.transport.abort()

    def silence(self) -> None:
        """Let nothing through and end nothing, as when a cable is pulled."""
        self._flows.clear()

    def slow(self, delay_seconds: float) -> None:
        """Hold each piece of data back for so long."""
        self._delay_seconds = delay_seconds

    def restore(self) -> None:
        """Forward everything at once again, also on new connections."""
        self._is_open = True
        self._delay_seconds = 0.0
        self._flows.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until either side ends it."""
        if not self._is_open:
            writer.transport.abort()
            return
        try:
            onward_reader, onward_writer = await asyncio.open_connection(*self._target)
        except OSError:  # the target is away: so is what stands before it
            writer.transport.abort()
            return
        self._writers |= {writer, onward_writer}
        await asyncio.gather(self._pump(reader, onward_writer), self._pump(onward_reader, writer))
        self._writers -= {writer, onward_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self._delay_seconds:
                    await asyncio.sleep(self._delay_seconds)
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def proxied(host: str, port: int, listen_port: int = 0) -> AsyncIterator[Proxy]:
    """Run a proxy on a port of this machine, by default any free one."""
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", listen_port)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()


@asynccontextmanager
async def proxied_url(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """Run a proxy to a URL's host and port; give it with the URL that goes through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    async with proxied(parts.hostname, parts.port) as proxy:
        account = parts.netloc.rpartition("@")[0]
        netloc = f"{account}@127.0.0.1:{proxy.port}"
        yield proxy, urlunsplit(parts._replace(netloc=netloc))
