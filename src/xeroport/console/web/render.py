"""Templates to responses: one environment, autoescaped, with what every page needs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport.console import wording
from xeroport.console.reading.book_places import label
from xeroport.console.web.cron_words import in_words
from xeroport.console.web.navigation import ENTRIES, SECTION_OF, SECTIONS
from xeroport.console.web.page_words import in_flow, on_page, to_settle
from xeroport.console.web.roles import Offers
from xeroport.console.web.state import console
from xeroport.errors import XeroportError
from xeroport.logs import without_passwords
from xeroport.plurals import counted, word_for
from xeroport.store import instances
from xeroport.store.instances import Instance

STATIC = Path(__file__).parent.parent / "static"
THEMES = ("", "light", "dark")
LAST = "xeroport_last"
"""The cookie that keeps the organisation last visited."""
YEAR = 365 * 86_400
NAME_OF_PAGE = re.compile(r"\*([A-Z][\w ]{1,60})\*")
MOST_LISTED = 300
"""Organisations that the switcher lists; where there are more, it leads to their page."""


@cache
def environment() -> Environment:
    """The Jinja environment."""
    jinja = Environment(
        loader=PackageLoader("xeroport.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals["static"] = static_address
    jinja.filters["prose"] = prose
    jinja.filters["sentence"] = sentence
    jinja.filters["breakable"] = breakable
    for name in ("badge", "count", "money", "size", "duration", "ago", "cell", "alert_target"):
        jinja.filters[name] = getattr(wording, name)
    jinja.filters["counted"] = counted
    jinja.filters["word_for"] = word_for
    jinja.filters["place"] = label
    jinja.filters["moment"] = moment
    jinja.filters["cron"] = in_words
    jinja.filters["on_page"] = on_page
    jinja.filters["in_flow"] = in_flow
    jinja.filters["to_settle"] = to_settle
    jinja.filters["time"] = time_of_day
    jinja.filters["without_passwords"] = without_passwords
    jinja.tests["numeric"] = wording.is_number
    return jinja


def prose(text: str) -> Markup:
    """A message of ours: what stands between backticks as code, a name of the page between stars
    as such."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else _plain(part)
        for number, part in enumerate(parts)
    )


def _plain(text: str) -> Markup:
    parts = NAME_OF_PAGE.split(text)
    return Markup("").join(
        Markup("<em>{}</em>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


def breakable(name: str) -> Markup:
    """A dotted name or a path, which breaks after a dot or before a slash, not within a word."""
    return Markup("<wbr>/").join(Markup(".<wbr>").join(p.split(".")) for p in name.split("/"))


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
    request: Request, template: str, *, status: int | None = None, here: str = "", **values: object
) -> HTMLResponse:
    """A rendered page. `here` marks the entry of the navigation; a value `wrong` is the error that
    it shows, and makes its status 422."""
    session = request.scope["session"]
    token = session["csrf"] or ""
    theme = request.cookies.get("xeroport_theme", "")
    offers = Offers(request.app.routes, session["role"], token)
    known = instances.all_instances(console(request).store) if token else ()
    current = _current(request, known)
    entry = ENTRIES.get(here)
    shared: dict[str, object] = {
        "request": request,
        "here": here,
        "rooms": SECTIONS,
        "room": SECTION_OF.get(here),
        "guide": entry.guide if entry else "console",
        "organisations": known if len(known) <= MOST_LISTED else (),
        "theme": theme if theme in THEMES else "",
        "csrf": token,
        "csrf_field": lambda: offers.csrf_field,
        "form": offers.form,
        "may_open": offers.may_open,
        "may_send": offers.may_send,
        "only_looks": session["role"] == "view",
        "notes": notes(request),
        "choice": getattr(request.state, "choice", None),
        "as_of": getattr(request.state, "as_of", None),
        "current": current,
        "zone": current.time_zone if current else "UTC",
    }
    text = environment().get_template(template).render(shared | values)
    response = HTMLResponse(text, status_code=status or (422 if values.get("wrong") else 200))
    named = request.path_params.get("instance")
    if current is not None and named == current.name:
        remember_instance(response, current.name)
    return response


def remember_instance(response: Response, name: str) -> None:
    """Have the pages that are about no organisation show this one's navigation."""
    response.set_cookie(LAST, name, max_age=YEAR, samesite="strict", httponly=True)


def _current(request: Request, known: Sequence[Instance]) -> Instance | None:
    """The organisation that the page is about: the address's, else the last one visited."""
    by_name = {instance.name: instance for instance in known}
    for name in (request.path_params.get("instance"), request.cookies.get(LAST, "")):
        if name in by_name:
            return by_name[name]
    return known[0] if known else None


def current_instance(request: Request) -> str | None:
    """The name of the organisation that the navigation shows."""
    current = _current(request, instances.all_instances(console(request).store))
    return current.name if current else None


def page_zone(request: Request) -> str:
    """The time zone that times on a page are in."""
    current = _current(request, instances.all_instances(console(request).store))
    return current.time_zone if current else "UTC"


@pass_context
def moment(context: Context, when: datetime | None, zone: str | None = None) -> str:
    """An instant in a zone, else in the zone of the page."""
    return wording.moment(when, zone or context.get("zone") or "UTC")


@pass_context
def time_of_day(context: Context, when: datetime) -> str:
    """The time of day of an instant, in the zone of the page."""
    return wording.time(when, context.get("zone") or "UTC")


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


def said_wrong(request: Request, where: str, error: XeroportError) -> RedirectResponse:
    """Go to a page and say there what stood in the way of an action."""
    return said(request, where, error.message, tone="bad", hint=error.hint or "")


def problem(request: Request, error: XeroportError, *, status: int | None = None) -> HTMLResponse:
    """A page for an error: its message and what to do next."""
    return page(
        request, "problem.html", status=status or 422, title="That did not work", error=error
    )
