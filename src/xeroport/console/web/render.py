"""Templates to responses: one environment, autoescaped, with what every page needs."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from xeroport.console.reading.places import label
from xeroport.console.web import wording
from xeroport.console.web.state import console
from xeroport.errors import XeroportError
from xeroport.store import instances

STATIC = Path(__file__).parent.parent / "static"
THEMES = ("", "light", "dark")


@cache
def environment() -> Environment:
    """The Jinja environment."""
    made = Environment(
        loader=PackageLoader("xeroport.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_address
    made.filters["prose"] = prose
    made.filters["sentence"] = sentence
    for name in (
        "badge",
        "count",
        "money",
        "size",
        "duration",
        "ago",
        "moment",
        "time",
        "cell",
        "alert_target",
    ):
        made.filters[name] = getattr(wording, name)
    made.filters["place"] = label
    made.tests["numeric"] = wording.is_number
    return made


def prose(text: str) -> Markup:
    """A message of ours, with what stands between backticks as code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def sentence(text: str) -> Markup:
    """The same where it stands by itself: it begins with a capital, unless with a literal."""
    text = str(text)
    return prose(text[:1].upper() + text[1:])


@cache
def static_address(name: str) -> str:
    """The address of a static file, with its content's digest so that it may be cached."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/login/static/{name}?v={digest}"


def page(
    request: Request, template: str, *, status: int = 200, here: str = "", **values: object
) -> HTMLResponse:
    """A rendered page. `here` marks the entry of the navigation."""
    token = request.scope["session"]["csrf"] or ""
    theme = request.cookies.get("xeroport_theme", "")
    field = Markup('<input type="hidden" name="csrf" value="{}">').format(token)
    shared: dict[str, object] = {
        "request": request,
        "here": here,
        "theme": theme if theme in THEMES else "",
        "csrf": token,
        "csrf_field": lambda: field,
        "notes": notes(request),
        "choice": getattr(request.state, "choice", None),
        "current": current_instance(request) if token else None,
    }
    text = environment().get_template(template).render(shared | values)
    return HTMLResponse(text, status_code=status)


def current_instance(request: Request) -> str | None:
    """The instance the navigation speaks of: the address's, else the last one visited."""
    named = request.path_params.get("instance")
    names = [each.name for each in instances.all_instances(console(request).store)]
    if named in names:
        return str(named)
    last = request.cookies.get("xeroport_last", "")
    return last if last in names else (names[0] if names else None)


def notes(request: Request) -> list[tuple[str, str, str]]:
    """What the action before this page has to say: (tone, text, hint) from the shelf of drafts."""
    key = request.query_params.get("said", "")
    found = console(request).drafts.find(f"said:{key}") if key else None
    return [found] if found else []


def said(
    request: Request, where: str, text: str, *, tone: str = "good", hint: str = ""
) -> RedirectResponse:
    """Go to a page and say something there, once an action is done."""
    drafts = console(request).drafts
    key = drafts.keep(None)
    drafts.drop(key)
    drafts.keep((tone, text, hint), f"said:{key}")
    return RedirectResponse(f"{where}{'&' if '?' in where else '?'}said={key}", 303)


def problem(request: Request, error: XeroportError, *, status: int | None = None) -> HTMLResponse:
    """A page for an error: its message and what to do next."""
    return page(
        request, "problem.html", status=status or 422, title="That did not work", error=error
    )
