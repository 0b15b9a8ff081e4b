"""Live progress of a run by server-sent events: the store is read a few times a second, so runs
started anywhere (here, in a terminal, by a schedule) show the same way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from xeroport.console.jobs.run_progress import ShownRun, shown
from xeroport.console.web.address_numbers import run_number, whole
from xeroport.console.web.render import environment, page_zone
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.store import runs

PAUSE = 0.3
BEAT = 15.0
"""Seconds after which a silent stream says that it is alive."""


async def follow(request: Request) -> Response:
    """The stream of one run: `progress` events with HTML for its panel, `lines` with what its log
    has beyond the first `after` lines, and `done` at its end. A browser that comes back says which
    line it had last."""
    run = run_number(request)
    await run_in_threadpool(_state, request, run)
    had = request.headers.get("last-event-id") or request.query_params.get("after")
    return StreamingResponse(
        _events(request, run, whole(had, 0, low=0)),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(request: Request, run: int, seen: int) -> AsyncIterator[bytes]:
    last, quiet = b"", 0.0
    zone = await run_in_threadpool(page_zone, request)
    while True:
        now = await run_in_threadpool(_state, request, run)
        if lines := await run_in_threadpool(_lines, request, run, seen):
            seen += len(lines)
            html = environment().get_template("run_lines.html").render(lines=lines, zone=zone)
            yield f"id: {seen}\n".encode() + _event("lines", {"html": html})
        html = (
            environment()
            .get_template("run_progress.html")
            .render(run=now.run, progress=now, zone=zone)
        )
        event = _event("progress", {"html": html})
        if event != last:
            last, quiet = event, 0.0
            yield event
        elif quiet >= BEAT:
            quiet = 0.0
            yield b": still here\n\n"
        if now.run.status != "running":
            yield _event("done", {"status": now.run.status})
            return
        await asyncio.sleep(PAUSE)
        quiet += PAUSE


def _state(request: Request, run: int) -> ShownRun:
    return shown(runs.get(console(request).store, run))


def _lines(request: Request, run: int, seen: int) -> tuple[runs.RunLine, ...]:
    return runs.lines(console(request).store, run, seen)


def _event(name: str, values: dict[str, str]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(values) + b"\n\n"


ROUTES = [page_at("/runs/{run}/events", follow)]
