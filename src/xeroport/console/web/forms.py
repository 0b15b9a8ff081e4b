"""Reading forms: the CSRF token first, then text fields."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from xeroport.console.web.guard import csrf_fits
from xeroport.errors import InputError
from xeroport.settings import parts_of


async def form(request: Request, *, files: int = 0) -> FormData:
    """The request's form; 403 if its `csrf` field or `X-CSRF-Token` header is not the session's."""
    found = await request.form(max_files=files, max_fields=2000, max_part_size=4_000_000)
    offered = request.headers.get("x-csrf-token") or found.get("csrf")
    if not csrf_fits(request.scope, offered if isinstance(offered, str) else None):
        raise HTTPException(403, "this form is out of date; go back, reload the page and try again")
    return found


def text(found: FormData, name: str, default: str = "") -> str:
    """One text field, trimmed."""
    value = found.get(name, default)
    return default if isinstance(value, UploadFile) else str(value).strip()


def choice(found: FormData, name: str, *known: str) -> str:
    """The field of a choice; InputError for what the form does not offer."""
    value = text(found, name)
    if value not in known:
        raise InputError(
            f"`{value}` is not a choice of `{name}` in this form",
            hint="reload the page and choose again; nothing was done",
        )
    return value


def way_back(found: FormData) -> str:
    """The path of this site that the form's `back` names; never another site's."""
    return "/" + parts_of(text(found, "back", "/")).path.lstrip("/\\")
