"""What answers for one organisation: its records, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from xeroport.catalogue.model import Endpoint
from xeroport.clock import Clock
from xeroport_emulator.gateway.idempotency import Replays
from xeroport_emulator.gateway.limits import Gate
from xeroport_emulator.gateway.switches import Switches
from xeroport_emulator.http.message import PLAIN_JSON, Reply, Request
from xeroport_emulator.http.render import Renderings, compact, joined
from xeroport_emulator.http.shape import form_of, shape
from xeroport_emulator.organisation.extras import Extras
from xeroport_emulator.organisation.notes import recorder
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.selections import Selections
from xeroport_emulator.organisation.table import Record, Table
from xeroport_emulator.organisation.views import (
    View,
    alone,
    among_others,
    completed,
    hidden_fields,
    surroundings,
)


class World:
    """One organisation and all that its answers depend on; every operation takes it.

    `created` are the ids of what callers made; `touched` names the records that changed since the
    state file was last written, where `keeps_changes` says that there is one.
    """

    def __init__(
        self, *, organisation: Organisation, switches: Switches, clock: Clock, gate: Gate
    ) -> None:
        self.switches = switches
        self.clock = clock
        self.gate = gate
        self.replays = Replays(clock.now)
        self.renderings = Renderings()
        self.selections = Selections()
        self.keeps_changes = False
        self.begin(organisation)

    def begin(self, organisation: Organisation) -> None:
        """Continue with another organisation; nothing of the earlier one stays."""
        self.organisation = organisation
        self.extras = Extras()
        self.created: set[str] = set()
        self.touched: dict[tuple[str, str], None] = {}
        self.replays.clear()
        self.renderings.clear()
        self.selections.clear()
        self.gate.clear()
        organisation.listeners += [recorder(self.extras, self.now), self._changed]

    def _changed(self, table: Table, before: Record | None, after: Record | None) -> None:
        self.touch(table, (after or before or {})[table.key])

    def touch(self, table: Table, identity: str) -> None:
        """Remember for the state file that a record, or what hangs on it, has changed."""
        if self.keeps_changes:
            self.touched[table.name, str(identity)] = None

    def now(self) -> datetime:
        """The emulator's instant."""
        return self.clock.now()

    def enveloped(
        self,
        endpoint: Endpoint,
        request: Request,
        envelope: dict[str, Any],
        records: Iterable[Record],
        *,
        view: View = "full",
        single: bool = False,
    ) -> Reply:
        """200 with records of a table in their envelope; `single` for the one a path names."""
        listed, key = endpoint.record or "", endpoint.envelope or ""
        unitdp = 4 if request.param("unitdp") == "4" else 2
        parts = []
        around = surroundings(self.organisation, listed, view)
        shown_as = f"{listed} {view} {unitdp} {self.switches.replies} {single}"
        for record in records:
            stray = listed == "Prepayment" and "OverpaymentID" in record
            kind = "Overpayment" if stray else listed
            table = self.organisation.tables[kind]
            identity = record[table.key]
            revision = (table.revision(identity), around)
            body = self.renderings.find((shown_as, identity), revision)
            if body is None:
                whole = completed(self.organisation, kind, record, view)
                if single:
                    whole = alone(kind, whole, self.extras.files.get(identity, ()))
                else:
                    whole = among_others(kind, whole)
                body = compact(self.shown(kind, whole, unitdp, hidden=hidden_fields(kind, view)))
                self.renderings.put((shown_as, identity), revision, body)
            parts.append(body)
        return in_envelope(listed, Reply(200, joined(envelope, key, parts)))

    def shown(
        self,
        kind: str,
        record: Record,
        unitdp: int = 2,
        *,
        write: bool = False,
        hidden: frozenset[str] = frozenset(),
    ) -> Record:
        """A record as JSON shows it, in the form of recorded replies unless that is off."""
        form = form_of(kind, write=write) if self.switches.replies == "recorded" else None
        return shape(kind, record, unitdp, form, hidden)


def in_envelope(kind: str, reply: Reply) -> Reply:
    """The reply as the record type's own service sends it: that of quotes names no charset."""
    if kind != "Quote":
        return reply
    return Reply(reply.status, reply.body, PLAIN_JSON, reply.headers)
