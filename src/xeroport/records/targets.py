"""What can be pushed to: how many records a call carries, its bytes, and what is safe to repeat."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from xeroport.catalogue import Endpoint, NaturalKey, RecordType, load
from xeroport.errors import InputError
from xeroport.rows.problems import WrongValue
from xeroport.store.outbox.claims import ComposedBatch
from xeroport.store.outbox.enqueuing import Revision
from xeroport.store.outbox.staging import Draft

MOST = 50
TOTALS = ("SubTotal", "TotalTax", "Total")
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_decode = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode
FILE_COLUMN = "File"
FILE_BYTES = 10_000_000
FILE_NAME = re.compile(r'[<>:"/\\|?*+\x00]')
ATTACHABLE = {
    *("7z", "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "jpeg", "jpg", "keynote", "msg"),
    *("numbers", "odf", "ods", "odt", "pages", "pdf", "png", "ppt", "pptx", "rar", "rtf", "tif"),
    *("tiff", "txt", "xls", "xlsx", "zip"),
}
"""The endings of files that Xero attaches (its help pages)."""
CONTENTS = (
    (b"%PDF-", ("pdf",)),
    (b"\x89PNG", ("png",)),
    (b"\xff\xd8\xff", ("jpg", "jpeg")),
    (b"GIF8", ("gif",)),
    (b"PK\x03\x04", ("zip", "docx", "xlsx", "pptx", "odt", "ods", "odf", "numbers", "pages")),
)
"""How files begin, and the endings that go with it."""
SHOWN = {"pdf", "png", "jpg", "jpeg", "gif"}
"""Endings of files that Xero shows beside the document."""
ADDS_TO_A_SET = {"contact_groups.contacts.add"}
"""Puts that change nothing the second time."""
APPROVED = {"AUTHORISED", "POSTED", "ACCEPTED", "BILLED", "PAID"}
NO_APPROVAL = {"BankTransaction", "BankTransfer", "BatchPayment", "Payment", "Overpayment"}
"""Records that Xero knows only as approved."""


def writable(name: str) -> Endpoint:
    """The endpoint to push to; InputError for one that only reads."""
    endpoint = load().endpoint(name)
    if not endpoint.is_write:
        writes = [e.name for e in load().endpoints if e.is_write]
        near = [n for n in writes if n.rsplit(".", 1)[0] == endpoint.name.rsplit(".", 1)[0]]
        raise InputError(
            f"`{endpoint.name}` only reads",
            hint=f"push to {', '.join(f'`{n}`' for n in near[:4])}" if near else None,
        )
    return endpoint


def retirement(endpoint: Endpoint, today: date) -> tuple[str, ...]:
    """What to know of an endpoint that Xero will switch off; InputError once it has."""
    if endpoint.retired is None:
        return ()
    if today >= date.fromisoformat(endpoint.retired):
        raise InputError(
            f"Xero switched off `{endpoint.name}` on {endpoint.retired}",
            hint="record expenses as bills, with `invoices.create`",
        )
    return (f"Xero switches off `{endpoint.name}` on {endpoint.retired}",)


def record_of(endpoint: Endpoint) -> RecordType | None:
    """The type of the records an endpoint takes; None where it takes a file, or nothing."""
    return load().record(endpoint.body_record) if endpoint.body_record else None


def names_its_record(endpoint: Endpoint) -> bool:
    """Whether the path names the very record that the call changes."""
    name = endpoint.body_record or endpoint.record
    record = load().record(name) if name else None
    return record is not None and not set(record.key).isdisjoint(endpoint.path_names)


def capacity(endpoint: Endpoint) -> int:
    """How many records one call carries.

    One where Xero takes one, where the path names the record, and where `summarizeErrors` cannot
    be sent: there Xero answers a batch with one bad record by 400, and creates the good ones
    without saying so.
    """
    if endpoint.body != "json" or endpoint.body_envelope is None:
        return 1
    if names_its_record(endpoint):
        return 1
    if "summarizeErrors" not in endpoint.by_name and endpoint.name not in ADDS_TO_A_SET:
        return 1
    return min(endpoint.batch, MOST)


def default_key(endpoint: Endpoint, columns: tuple[str, ...] | None) -> tuple[str, ...]:
    """What a record is known by when nobody says: its place in Xero, or its natural key."""
    record = record_of(endpoint)
    if endpoint.path_names and (
        endpoint.body in ("none", "empty", "binary")
        or endpoint.verb == "delete"
        or names_its_record(endpoint)
    ):
        return endpoint.path_names
    keys = [key.fields for key in record.natural_keys] if record is not None else []
    if columns is not None:
        own = record.key if record is not None and endpoint.method == "POST" else ()
        if own and set(own) <= set(columns):
            return own
        keys = [fields for fields in keys if set(fields) <= set(columns)][:1] or keys
    if keys:
        return keys[-1]
    raise InputError(
        f"`{endpoint.name}` needs a key to know each record by",
        hint="name the column that is different in every record with `--key`",
    )


def natural_key(record: RecordType, values: Mapping[str, Any]) -> NaturalKey | None:
    """The natural key that Xero holds unique for this record, None where there is none.

    A sales invoice without a number has none: Xero gives it one, and its reference is free text.
    """
    for key in record.natural_keys:
        if not all(values.get(name) for name in key.fields):
            continue
        if all(values.get(name) in allowed for name, allowed in key.when.items()):
            return key
    return None


def as_sent(body: bytes) -> dict[str, Any]:
    """A record of the outbox as values, its numbers exact."""
    values = _decode(body.decode())
    return values if isinstance(values, dict) else {}


def compose(endpoint: Endpoint, bodies: Sequence[bytes]) -> ComposedBatch:
    """The exact bytes of a call that carries these records."""
    if endpoint.body == "binary":
        return _file(bodies[0])
    if endpoint.body in ("none", "empty"):
        return ComposedBatch(b"")
    if endpoint.body_envelope is None:
        return ComposedBatch(bytes(bodies[0]))
    return ComposedBatch(b'{"%s":[%s]}' % (endpoint.body_envelope.encode(), b",".join(bodies)))


def repeatable(endpoint: Endpoint, body: bytes) -> bool:
    """Whether sending a record twice leaves the organisation as sending it once does.

    True for deletes, for changes of a record that is named by its id, for files (the same name
    overwrites), and for adding to a set. Never for a create.
    """
    if endpoint.method == "DELETE" or endpoint.name in ADDS_TO_A_SET or endpoint.body == "binary":
        return True
    if endpoint.method != "POST" or endpoint.body == "empty":
        return False
    if names_its_record(endpoint):
        return True
    record = record_of(endpoint)
    values = json.loads(body) if record else {}
    return bool(record and record.key and all(values.get(key) for key in record.key))


def changing(endpoint: Endpoint) -> Endpoint | None:
    """The endpoint that changes, by its id, what another has made; None where Xero has none."""
    record = record_of(endpoint)
    if record is None or len(record.key) != 1:
        return None
    by_name = {each.name: each for each in load().endpoints}
    resource = endpoint.name.rsplit(".", 1)[0]
    return by_name.get(f"{resource}.upsert") or by_name.get(f"{resource}.update")


def unchangeable(endpoint: Endpoint) -> str:
    """What to say of a record in Xero that nothing changes."""
    return f"`{endpoint.name.rsplit('.', 1)[0]}` cannot be changed there"


def revision(endpoint: Endpoint, draft: Draft, xero_id: str | None) -> Revision:
    """How a record is changed that was sent before; InputError where Xero has no way."""
    if repeatable(endpoint, draft.body):
        return Revision(endpoint.name, draft.body, draft.ids)
    record, target = record_of(endpoint), changing(endpoint)
    if record is None or target is None or xero_id is None:
        raise InputError(
            f"`{draft.key}` is in Xero, and {unchangeable(endpoint)}",
            hint="delete it in Xero and push it under another key",
        )
    key = record.key[0]
    if key in target.by_name:
        ids = json.dumps(json.loads(draft.ids) | {key: xero_id})
        return Revision(target.name, draft.body, ids)
    return Revision(target.name, _with(draft.body, key, xero_id), draft.ids)


def _with(body: bytes, name: str, value: str) -> bytes:
    head = json.dumps({name: value}).encode()
    return head if body == b"{}" else head[:-1] + b"," + body[1:]


def effects(record: RecordType | None, endpoint: Endpoint, values: Mapping[str, Any]) -> list[str]:
    """What a push does that a person should have said yes to."""
    verb = endpoint.verb
    effects: list[str] = []
    if endpoint.method == "DELETE" or "delete" in verb:
        effects.append("delete")
    elif verb == "email" or values.get("SentToContact") is True:
        effects.append("e-mail")
    status = values.get("Status") or values.get("ContactStatus")
    if status == "DELETED" and "delete" not in verb:
        effects.append("delete")
    elif status == "VOIDED":
        effects.append("void")
    elif status in APPROVED and (record is None or record.name not in NO_APPROVAL):
        effects.append("approve")
    return effects


def expected_totals(given: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, str]:
    """Totals that a row gave and that are not sent, because only Xero writes them."""
    totals: dict[str, str] = {}
    for name in TOTALS:
        value = given.get(name)
        if name in sent or value is None or isinstance(value, bool):
            continue
        text = str(value).strip()
        if NUMBER.fullmatch(text):
            totals[name] = text
    return totals


def describe_file(path: Path) -> bytes:
    """A file to attach, as the outbox keeps it: its place, its size and what is in it."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise WrongValue(f"`{path.name}` has {size:,} bytes; Xero takes {FILE_BYTES:,}")
    if size == 0:
        raise WrongValue(f"`{path.name}` is empty")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    facts = {"file": str(path.resolve()), "sha256": digest, "size": size}
    return json.dumps(facts, sort_keys=True).encode()


def check_file_name(name: str) -> None:
    """WrongValue for a name that Xero refuses for an attachment."""
    if FILE_NAME.search(name):
        raise WrongValue(f'`{name}` has one of `< > : " / \\ | ? * +`, which Xero refuses')
    ending = Path(name).suffix.lower().removeprefix(".")
    if ending not in ATTACHABLE:
        said = f"`.{ending}` is not a kind of file" if ending else "it has no ending"
        raise WrongValue(
            f"`{name}` cannot be attached: {said} that Xero takes",
            "convert it to PDF" if ending else "rename it by its contents, such as `scan.pdf`",
        )


def unlike_its_name(path: Path, name: str) -> str | None:
    """A warning for a file whose content is of another kind than its ending says: Xero takes it,
    and never shows it."""
    with path.open("rb") as file:
        head = file.read(12)
    kinds = [ending for start, ending in CONTENTS if head.startswith(start)]
    ending = Path(name).suffix.lower().removeprefix(".")
    if not kinds or ending not in SHOWN or ending in kinds[0]:
        return None
    return f"`{name}` holds a `.{kinds[0][0]}`; Xero takes it and cannot show it"


def _file(body: bytes) -> ComposedBatch:
    facts = json.loads(body)
    path = Path(facts["file"])
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"`{path}` cannot be read any more: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise InputError(
            f"`{path}` changed since it was enqueued",
            hint="push it again with `--update`, or discard the delivery",
        )
    return ComposedBatch(content, "file")
