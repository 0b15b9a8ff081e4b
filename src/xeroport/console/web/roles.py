"""The role that each route asks of a session, and with it what a page may offer that session:
nothing that it would be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from xeroport.errors import AccessError
from xeroport.settings import parts_of
from xeroport.store.console_access import Role


class RoleRoute(Route):
    """A route of the console, with the role that it asks for: AccessError for a session that has
    not got it. Without a session nobody comes here but by what the guard leaves open."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, method: str, role: Role) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.role: Role = role

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        role, is_ours = scope["session"]["role"], scope["method"] in (self.methods or ())
        if role is not None and is_ours and not may(role, self.role):
            raise AccessError(
                "you can view this console, but not change anything",
                hint="somebody who may act can give you another link, under *Access*",
            )
        await super().handle(scope, receive, send)


def page_at(path: str, endpoint: Callable[..., Any], role: Role = "view") -> RoleRoute:
    """A page; `role` is "act" for one that is nothing but a form."""
    return RoleRoute(path, endpoint, method="GET", role=role)


def route_of(routes: Iterable[BaseRoute], method: str, path: str) -> BaseRoute | None:
    """The route that answers; None without one."""
    scope = {"type": "http", "path": path, "method": method, "root_path": ""}
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)


class Offers:
    """What a page may offer a session of a role, and the forms that it may send."""

    def __init__(self, routes: Iterable[BaseRoute], role: Role | None, csrf: str) -> None:
        self._routes = tuple(routes)
        self._role = role
        self._known: dict[tuple[str, str], bool] = {}
        self.csrf_field = Markup('<input type="hidden" name="csrf" value="{}">').format(csrf)

    def may_open(self, address: str) -> bool:
        """Whether a link to this address may be shown."""
        return self._may("GET", address)

    def may_send(self, address: str) -> bool:
        """Whether a form that is sent to this address may be shown."""
        return self._may("POST", address)

    def _may(self, method: str, address: str) -> bool:
        asked = method, unquote(parts_of(address).path)
        if asked not in self._known:
            route = route_of(self._routes, *asked)
            needed = route.role if isinstance(route, RoleRoute) else None
            self._known[asked] = needed is not None and may(self._role, needed)
        return self._known[asked]

    def form(
        self,
        action: str,
        caller: Callable[[], Markup],
        always: bool = False,
        **attributes: str | bool,
    ) -> str:
        """In a template, `{% call form(...) %}` what stands in the form `{% endcall %}`: nothing
        where the session may not send it, or with `always` that content without the form. It is
        sent once, unless `data_once` is false."""
        if not self.may_send(action):
            return caller() if always else ""
        words = {"method": "post", "action": action, "data_once": True, **attributes}
        said = Markup("").join(
            Markup(" {}").format(name.replace("_", "-"))
            if value is True
            else Markup(' {}="{}"').format(name.replace("_", "-"), value)
            for name, value in words.items()
            if value is not False
        )
        return Markup("<form{}>{}{}</form>").format(said, self.csrf_field, caller())


def may(role: Role | None, needed: Role) -> bool:
    """Whether a session of a role may do what asks for another."""
    return role == "act" or role == needed
