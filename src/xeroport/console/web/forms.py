"""Forms: where they are sent, their CSRF token, and their fields."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xeroport.console.web.guard import csrf_fits
from xeroport.console.web.roles import RoleRoute
from xeroport.errors import InputError
from xeroport.settings import parts_of
from xeroport.store.console_access import Role

Answer = Callable[[Request, FormData], Response]


def form_at(path: str, answer: Answer, role: Role = "act", *, files: int = 0) -> RoleRoute:
    """Where a form with up to so many files is sent: `answer` gets it in a thread, once its token
    fits. `role` is "view" for what changes only how the sender's own pages look."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, request, await _form(request, files))

    return RoleRoute(path, endpoint, method="POST", role=role)


async def _form(request: Request, files: int) -> FormData:
    """The request's form; 403 if its `csrf` field or `X-CSRF-Token` header is not the session's."""
    form = await request.form(max_files=files, max_fields=2000, max_part_size=4_000_000)
    offered = request.headers.get("x-csrf-token") or form.get("csrf")
    if not csrf_fits(request.scope, offered if isinstance(offered, str) else None):
        raise HTTPException(403, "this form is out of date; go back, reload the page and try again")
    return form


def text(form: FormData, name: str, default: str = "") -> str:
    """One text field, trimmed."""
    value = form.get(name, default)
    return default if isinstance(value, UploadFile) else str(value).strip()


def choice(form: FormData, name: str, *known: str) -> str:
    """The field of a choice; InputError for what the form does not offer."""
    value = text(form, name)
    if value not in known:
        raise InputError(
            f"`{value}` is not a choice of `{name}` in this form",
            hint="reload the page and choose again; nothing was done",
        )
    return value


def way_back(form: FormData) -> str:
    """The path of this site that the form's `back` names; never another site's."""
    return "/" + parts_of(text(form, "back", "/")).path.lstrip("/\\")
