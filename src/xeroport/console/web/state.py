"""What every page of one running console shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from xeroport.catalogue import Catalogue, load
from xeroport.console.jobs.remembered_layouts import RememberedLayouts
from xeroport.console.jobs.reviews import Reviews
from xeroport.console.jobs.uploads import Uploads
from xeroport.console.reading.book_places import Places
from xeroport.console.web.drafts import Drafts
from xeroport.console.web.guard import ConsoleAccess
from xeroport.console.web.password_line import PasswordLine
from xeroport.store import instances
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance

if TYPE_CHECKING:
    from xeroport.console.jobs.commands import Work
    from xeroport.console.jobs.demo import DemoOrganisation
    from xeroport.console.jobs.own_scheduler import OwnScheduler


REPLIES = 6
"""Replies of tried calls that are kept for their download; one may have many megabytes."""


@dataclass(frozen=True)
class Console:
    """One console over one home folder; `cookie` names the session's cookie, which browsers
    share between ports, hence the port in it."""

    store: Store
    home: Path
    console_access: ConsoleAccess
    places: Places
    work: Work
    demo: DemoOrganisation
    uploads: Uploads
    layouts: RememberedLayouts
    reviews: Reviews
    calls: Calls
    scheduler: OwnScheduler
    cookie: str = "xeroport"
    catalogue: Catalogue = field(default_factory=load)
    drafts: Drafts = field(default_factory=Drafts)
    password_line: PasswordLine = field(default_factory=PasswordLine)
    replies: Drafts = field(default_factory=lambda: Drafts(REPLIES))


def console(request: Request) -> Console:
    """The console a request belongs to."""
    return cast(Console, request.app.state.console)


def instance_of(request: Request) -> Instance:
    """The instance that an address names; UnknownName for one that there is not."""
    return instances.get(console(request).store, request.path_params["instance"])
