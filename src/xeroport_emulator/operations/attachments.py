"""Attachments: bytes in, the same bytes out, and HasAttachments on the record (facts §7.5)."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import quote

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.coerce import NO_ID
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import invalid, not_found
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.http.routes import ROOT
from xeroport_emulator.operations.owners import owner
from xeroport_emulator.organisation.extras import File
from xeroport_emulator.world import World

FILES_LIMIT = 10
TAKEN = {
    *("7z", "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "jpeg", "jpg", "keynote", "msg"),
    *("numbers", "odf", "ods", "odt", "pages", "pdf", "png", "ppt", "pptx", "rar", "rtf", "tif"),
    *("tiff", "txt", "xls", "xlsx", "zip"),
}
"""The endings of files that Xero takes; what is inside is not looked at."""
NOT_TAKEN = "The file couldn't be uploaded because it isn't a supported file type."
FORBIDDEN = set('<>:"/\\|?*\0+')
"""Characters that no file name may hold."""


def attachment_list(
    world: World, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """What is attached to a record."""
    table, record = owner(world, endpoint, ids)
    files = world.extras.files.get(record[table.key], [])
    shown = [file.details for file in files]
    return Reply(200, compact({**head(world.now()), "Attachments": shown}))


def attachment_bytes(
    world: World, endpoint: Endpoint, ids: dict[str, str], request: Request
) -> Reply:
    """The bytes of one attachment, by its id or its name, with the type it came with."""
    table, record = owner(world, endpoint, ids)
    wanted = ids.get("AttachmentID") or ids.get("FileName") or ""
    for each in world.extras.files.get(record[table.key], []):
        if wanted.lower() in (each.details["AttachmentID"], each.details["FileName"].lower()):
            return Reply(200, each.content, each.details["MimeType"])
    raise not_found()


def attach(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Attach the body under the path's name; a file of that name is replaced."""
    table, record = owner(world, endpoint, ids)
    identity, name = record[table.key], ids["FileName"]
    files = world.extras.files.setdefault(identity, [])
    former = next((file for file in files if file.details["FileName"] == name), None)
    problems = _problems(name, request.body, len(files), is_new=former is None)
    if problems:
        raise invalid({"AttachmentID": NO_ID, "FileName": name[:300]}, *problems)
    media = request.header("content-type").partition(";")[0].strip()
    if not media or media.endswith(("x-www-form-urlencoded", "/json")):
        media = mimetypes.guess_type(name)[0] or media or "application/octet-stream"
    root = endpoint.path.strip("/").partition("/")[0]
    details: dict[str, Any] = {
        "AttachmentID": former.details["AttachmentID"] if former else world.organisation.new_id(),
        "FileName": name,
        "Url": f"{request.origin}{ROOT}/{root}/{identity}/Attachments/{quote(name)}",
        "MimeType": media,
        "ContentLength": len(request.body),
    }
    if "IncludeOnline" in endpoint.by_name or (former and "IncludeOnline" in former.details):
        online = request.flag("IncludeOnline")
        before = bool(former and former.details.get("IncludeOnline"))
        details["IncludeOnline"] = before if online is None else online
    if former is None:
        files.append(File(details, request.body))
    else:
        former.details, former.content = details, request.body
    changed = dict(record)
    if "HasAttachments" in load().record(table.name).by_name:
        changed["HasAttachments"] = True
    world.organisation.save(table.name, changed)
    return Reply(200, compact({**head(world.now()), "Attachments": [details]}))


def _problems(name: str, body: bytes, held: int, *, is_new: bool) -> list[str]:
    problems = []
    wrong = sorted(FORBIDDEN & set(name))
    if wrong or not name.strip():
        problems.append(
            f"The file name may not contain {' '.join(repr(problem) for problem in wrong)}"
        )
    if len(name) > 255:
        problems.append("The file name is too long. Maximum of 255 characters allowed")
    if name.rpartition(".")[2].lower() not in TAKEN or "." not in name.strip("."):
        problems.append(NOT_TAKEN)
    if not body:
        problems.append("The attachment has no content")
    if is_new and held >= FILES_LIMIT:
        problems.append(f"A document may have at most {FILES_LIMIT} attachments")
    return problems
