"""AI clients: what they asked, which servers they can ask now, and the settings to copy."""

from __future__ import annotations

import json

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.store import agent_token, agents, instances

SHOWN = 100
MOST = 2_000


def show(request: Request, token: str = "", *, is_new: bool = False) -> HTMLResponse:
    """The page; the token is on it for whoever asked for it."""
    state = console(request)
    wanted = request.query_params.get("instance") or None
    most = whole(request.query_params.get("show"), SHOWN, low=SHOWN, high=MOST)
    calls = agents.latest(state.store, most + 1, instance=wanted)
    running = agents.running(state.store)
    return page(
        request,
        "agents.html",
        here="agents",
        calls=calls[:most],
        more=most + 500 if len(calls) > most and most < MOST else 0,
        names=[instance.name for instance in instances.all_instances(state.store)],
        instance=wanted or "",
        running=running,
        is_served=any(server.door == "http" for server in running),
        own=json.dumps(_own(request), indent=2, ensure_ascii=False),
        http=json.dumps(_over_http(request, token or "…"), indent=2, ensure_ascii=False),
        token=token,
        is_new=is_new,
    )


def _own(request: Request) -> dict[str, object]:
    """The settings for a client on this machine, which starts the server itself."""
    home = str(console(request).home.absolute())
    return {"mcpServers": {"xeroport": {"command": "xeroport", "args": ["mcp", "--home", home]}}}


def _over_http(request: Request, token: str) -> dict[str, object]:
    """The settings for a client that asks `xeroport serve --mcp`."""
    client = {
        "type": "http",
        "url": f"{str(request.base_url).rstrip('/')}/mcp",
        "headers": {"Authorization": f"Bearer {token}"},
    }
    return {"mcpServers": {"xeroport": client}}


def show_token(request: Request, _: FormData) -> Response:
    """The page with the token."""
    return show(request, agent_token.token(console(request).home))


def new_token(request: Request, _: FormData) -> Response:
    """A new token: whoever has the old one is no longer let in."""
    return show(request, agent_token.renewed(console(request).home), is_new=True)


ROUTES = [
    page_at("/agents", show),
    form_at("/agents/token", show_token),
    form_at("/agents/new-token", new_token),
]
