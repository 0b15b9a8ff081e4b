"""`call`: any endpoint of Xero, by name, by operationId, or by method and path."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import click

from xeroport import dates
from xeroport.catalogue import Endpoint, load
from xeroport.cli import prompts, request_bodies
from xeroport.cli.option_values import to_write_or_stdout
from xeroport.cli.session import Session, to_json
from xeroport.errors import InputError
from xeroport.plurals import counted
from xeroport.store import instances
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.policy.outcomes import outcomes
from xeroport.xero.wire.reply import Reply

SPOOLED = 8_000_000
"""Bytes of a document that are held in memory until it is whole; more goes to the disk."""
SINCE = ("modified_since", "modified-since", "If-Modified-Since")


@dataclass(frozen=True)
class CallQuestion:
    """What is to be asked: parameters by Xero's names, and since when records were modified."""

    endpoint: Endpoint
    params: dict[str, Any]
    modified_since: datetime | None


@click.command()
@click.argument("name")
@click.argument("endpoint")
@click.argument("pairs", nargs=-1, metavar="[key=value …]")
@click.option("--body", metavar="FILE", help="The request's body; - is stdin.")
@click.option("--all", "every", is_flag=True, help="All pages, one record a line (NDJSON).")
@click.option(
    "--output",
    metavar="FILE",
    callback=to_write_or_stdout,
    help="Write the reply here, such as a PDF; - is stdout.",
)
@click.option(
    "--idempotency-key", metavar="KEY", help="Xero carries out requests with the same key once."
)
@click.option("--force", is_flag=True, help="Call an endpoint that Xero is retiring.")
@click.pass_obj
def command(
    session: Session,
    name: str,
    endpoint: str,
    pairs: tuple[str, ...],
    body: str | None,
    every: bool,
    output: Path | None,
    idempotency_key: str | None,
    force: bool,
) -> int:
    """Call ENDPOINT of instance NAME: `invoices.list`, `getInvoices`, or "GET /NewThing".

    Dates may be `yesterday`, `-7d` or in the instance's format; `modified_since=…` asks only for
    what changed since then.
    """
    asked_at = session.store.clock.now()
    instance = instances.get(session.store, name)
    with_client = open_client(session.store, name)
    target = with_client.endpoint(endpoint)
    question = understood(instance, target, pairs, asked_at)
    is_file = target.reply in ("binary", "pdf")
    if every and (target.is_write or is_file or target.record is None):
        raise InputError(
            f"`{target.name}` is not a list; `--all` reads pages", hint="leave `--all` out"
        )
    if is_file and output is None and (session.as_json or sys.stdout.isatty()):
        raise InputError(f"`{target.name}` answers with a file", hint="add `--output FILE`")
    content = _content(session, target, body)

    async def work() -> int:
        async with with_client as client:
            if every:
                return await _stream(session, client, question, output=output, force=force)
            to = output if output and is_file else None
            reply = await client.call(
                target,
                question.params,
                body=content,
                modified_since=question.modified_since,
                idempotency_key=idempotency_key,
                to=to,
                force=force,
            )
            if to is not None:
                _saved(session, to)
                return 0
            return _print(session, reply, output)

    return asyncio.run(work())


def understood(
    instance: Instance, endpoint: Endpoint, pairs: tuple[str, ...], asked_at: datetime
) -> CallQuestion:
    """The pairs as parameters; a person's dates are read in the instance's zone and format."""
    params: dict[str, Any] = {}
    since: datetime | None = None
    how = {"time_zone": instance.time_zone, "date_format": instance.date_format}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InputError(
                f"`{pair}` is not a parameter", hint="write it as key=value, such as `page=1`"
            )
        if key in params or (key in SINCE and since is not None):
            raise InputError(f"`{key}` is given twice", hint="join several values with commas")
        known = endpoint.by_name.get(key)
        if key in SINCE and known is None:
            if not endpoint.modified_since:
                raise InputError(
                    f"`{endpoint.name}` cannot be limited to what changed since a given time",
                    hint=f"see `xeroport describe {endpoint.name}`",
                )
            since = dates.to_instant(value, asked_at, **how)
        elif known is not None and known.type == "date":
            params[key] = dates.to_date(value, asked_at, **how)
        elif known is not None and known.type == "timestamp":
            params[key] = dates.to_instant(value, asked_at, **how)
        else:
            params[key] = value
    return CallQuestion(endpoint, params, since)


def _content(session: Session, endpoint: Endpoint, source: str | None) -> Any:
    if source is None:
        if endpoint.body in ("json", "binary") and endpoint.record is not None:
            raise InputError(
                f"`{endpoint.name}` needs a body", hint="give it with `--body FILE`; - is stdin"
            )
        return None
    if endpoint.body == "none":
        raise InputError(f"`{endpoint.name}` takes no body", hint="leave `--body` out")
    content = prompts.read_bytes(source)
    if endpoint.body == "binary":
        return content
    value = request_bodies.parse(content, source)
    if endpoint.body_record:
        for field, near in request_bodies.unknown_fields(load(), endpoint, value):
            hint = f"did you mean `{near}`?" if near else "Xero ignores it"
            session.warn(f"the body has a field that Xero does not know: `{field}`", hint=hint)
    return value


def _print(session: Session, reply: Reply, output: Path | None) -> int:
    endpoint = reply.endpoint
    if endpoint.reply in ("binary", "pdf"):
        sys.stdout.buffer.write(reply.body)
        sys.stdout.buffer.flush()
        return 0
    if endpoint.reply == "empty" or not reply.body.strip():
        if session.as_json:
            session.emit([])
        session.say(f"done: Xero answered {reply.status}")
        return 0
    text = _text(reply)
    if output:
        with _sink(output) as sink:
            sink.write(text + "\n")
        _saved(session, output)
    else:
        session.show(text)
    return _judged(session, reply) if endpoint.is_write else 0


def _text(reply: Reply) -> str:
    """The reply's records as JSON; what the catalogue does not know stays as it came."""
    if reply.endpoint.record is not None:
        return to_json(reply.records)
    import msgspec

    try:
        return msgspec.json.format(reply.body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return reply.body.decode(errors="replace")


def _judged(session: Session, reply: Reply) -> int:
    """1 if Xero refused an element of a write, in whose words is said on stderr."""
    if reply.endpoint.record is None:
        return 0
    refused = [outcome for outcome in outcomes(reply.endpoint, reply) if outcome.status == "error"]
    for each in refused:
        session.warn(f"record {each.position + 1} was refused: {'; '.join(each.messages)}")
    return 1 if refused else 0


async def _stream(
    session: Session,
    client: XeroClient,
    question: CallQuestion,
    *,
    output: Path | None,
    force: bool,
) -> int:
    """All records, one per line as they come; with `--json` as one document, when it is whole."""
    count = 0
    as_document = session.as_json
    with _sink(output, whole=as_document) as sink:
        async for record in client.records(
            question.endpoint,
            question.params,
            modified_since=question.modified_since,
            force=force,
        ):
            if as_document:
                sink.write(",\n" if count else "[\n")
            sink.write(to_json(record, indent=0) + ("" if as_document else "\n"))
            count += 1
        if as_document:
            sink.write("\n]\n" if count else "[]\n")
    if output is not None:
        _saved(session, output)
    calls = client.usage.calls
    session.say(f"{counted(count, 'record')} in {counted(calls, 'call')}")
    return 0


@contextmanager
def _sink(output: Path | None, *, whole: bool = False) -> Iterator[IO[str]]:
    """Where text goes: stdout (if `whole`, then all at once or nothing), or a file that appears
    only when it is complete."""
    if output is None and whole:
        with SpooledTemporaryFile(SPOOLED, "w+", encoding="utf-8") as draft_of_all:
            yield draft_of_all
            draft_of_all.seek(0)
            shutil.copyfileobj(draft_of_all, sys.stdout)
        return
    if output is None:
        yield sys.stdout
        return
    path = output
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"`{path}` cannot be written: {reason}", hint="check the folder") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _saved(session: Session, path: Path) -> None:
    """Say that a file is there, and how large it is."""
    size = path.stat().st_size
    session.say(f"saved `{path}` ({size:,} bytes)")
    if session.as_json:
        session.emit({"saved": str(path), "bytes": size})
