"""The page's news as server-sent events: each part whole, whenever it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from clap_console.page.feed import Feed

LEAST_PERIOD_S = 0.1
"""Changes that come faster are joined; a person sees no more."""

BEAT_S = 2.0
"""How often something is sent at least, by which a page knows that it is connected."""


async def events(feed: Feed) -> AsyncIterator[str]:
    """The parts that change, as long as somebody listens; all of them at the beginning."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    end = feed.watch(wake)
    number = 0
    try:
        while True:
            changed.clear()
            number, parts = feed.newer_than(number)
            yield "".join(f"event: {part}\ndata: {text}\n\n" for part, text in parts) or ": \n\n"
            yield "event: beat\ndata: 0\n\n"
            try:
                await asyncio.wait_for(changed.wait(), BEAT_S)
            except asyncio.TimeoutError:
                continue
            await asyncio.sleep(LEAST_PERIOD_S)
    finally:
        end()
