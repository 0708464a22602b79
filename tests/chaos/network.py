"""The network between some of the services and the brokers, in the test's hands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from bus.local.ports import HOST, Detour
from tests.proxy import Proxy, proxied

READY_LIMIT_SECONDS = 10.0


class Network:
    """One proxy before each broker, which run in a thread of their own."""

    def __init__(self, detours: Sequence[Detour]) -> None:
        self.bootstrap = ",".join(f"{HOST}:{each.advertised_port}" for each in detours)
        self._detours = detours
        self._proxies: list[Proxy] = []
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Return when every proxy listens."""
        self._thread.start()
        assert self._is_ready.wait(READY_LIMIT_SECONDS), "the proxies don't listen"

    def stop(self) -> None:
        """End every connection and the thread."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(READY_LIMIT_SECONDS)

    def cut(self) -> None:
        """End every connection through the proxies and refuse new ones."""
        for proxy in self._proxies:
            self._loop.call_soon_threadsafe(proxy.cut)

    def silence(self) -> None:
        """Let nothing through and end nothing."""
        for proxy in self._proxies:
            self._loop.call_soon_threadsafe(proxy.silence)

    def slow(self, delay_seconds: float) -> None:
        """Hold each piece of data back for so long."""
        for proxy in self._proxies:
            self._loop.call_soon_threadsafe(proxy.slow, delay_seconds)

    def restore(self) -> None:
        """Let everything through again."""
        for proxy in self._proxies:
            self._loop.call_soon_threadsafe(proxy.restore)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with AsyncExitStack() as running:
            for detour in self._detours:
                way = proxied(HOST, detour.port, detour.advertised_port)
                self._proxies.append(await running.enter_async_context(way))
            self._is_ready.set()
            await self._stopping.wait()


@contextmanager
def network(detours: Sequence[Detour]) -> Iterator[Network]:
    """Run the proxies until the block ends."""
    running = Network(detours)
    running.start()
    try:
        yield running
    finally:
        running.stop()
