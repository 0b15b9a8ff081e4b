"""`/__emulator/…`: how a test in another process steers the emulator. Off unless asked for.

GET  /__emulator/counts                   calls by endpoint, the last calls, what was replayed
POST /__emulator/reset     {"data"?}      begin again, with this data set
POST /__emulator/clock     {"advance": s} move the clock forward
POST /__emulator/switches  {name: value}  see `Switches`
POST /__emulator/faults    {"spec"} | {"kind", "at", "endpoint", "probability", "times",
                           "seconds"} | {"clear": true}
POST /__emulator/limits    {"limits": "off" | "minute=5,day=100"}
POST /__emulator/edit      {"record": "Invoice", "id": "…", "fields": {…}, "bump": true}
POST /__emulator/pay-claim {"id", "account_id", "amount", "date"}  pay an expense claim
POST /__emulator/rotate    a new client secret, in the reply
POST /__emulator/revoke    all access tokens
POST /__emulator/sign-out  all consents: refresh tokens and connections
POST /__emulator/save      write the state file
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from xeroport_emulator.gateway.faults import parsed_faults
from xeroport_emulator.gateway.limits import named_limits
from xeroport_emulator.http.coerce import coerce
from xeroport_emulator.http.message import Reply, Request, jsoned
from xeroport_emulator.rules.expenses import pay_claim

if TYPE_CHECKING:
    from xeroport_emulator.emulator import Emulator

Given = dict[str, Any]


class Control:
    """Answers what comes in under `/__emulator`."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def __call__(self, request: Request) -> Reply:
        name = request.path.strip("/").removeprefix("__emulator").strip("/")
        actions: dict[str, Callable[[Given], object]] = {
            "counts": self._counts,
            "reset": self._reset,
            "clock": self._clock,
            "switches": self._switches,
            "faults": self._faults,
            "limits": self._limits,
            "edit": self._edit,
            "rotate": lambda given: {"client_secret": self.emulator.identity.rotate_secret()},
            "revoke": lambda given: self.emulator.identity.revoke_tokens(),
            "sign-out": lambda given: self.emulator.identity.grants.revoke_all(),
            "pay-claim": self._pay_claim,
            "save": lambda given: self.emulator.save(),
        }
        action = actions.get(name)
        if action is None:
            return jsoned(404, {"error": f"there is no `{name}`", "actions": sorted(actions)})
        try:
            given = msgspec.json.decode(request.body or b"{}", type=Given)
            done = action(given)
            if name in ("edit", "rotate", "sign-out"):
                for state in self.emulator.app.states:
                    state.note()
            return jsoned(200, done or {"done": name})
        except (msgspec.DecodeError, ValueError, TypeError, KeyError) as error:
            return jsoned(400, {"error": str(error)})

    def _counts(self, given: Given) -> object:
        app = self.emulator.app
        return {
            "calls": app.calls,
            "endpoints": dict(app.counts),
            "tokens": app.identity.issued,
            "replayed": app.world.replays.replayed,
            "most_in_flight": app.world.gate.most_in_flight,
            "last": list(app.log)[-100:],
            "records": {name: len(each) for name, each in app.world.organisation.tables.items()},
        }

    def _reset(self, given: Given) -> None:
        self.emulator.reset(given.get("data"))

    def _clock(self, given: Given) -> object:
        self.emulator.clock.advance(float(given["advance"]))
        return {"now": self.emulator.clock.now().isoformat()}

    def _switches(self, given: Given) -> object:
        self.emulator.switches.change(**given)
        return msgspec.to_builtins(self.emulator.switches)

    def _faults(self, given: Given) -> object:
        faults = self.emulator.faults
        if given.pop("clear", False):
            faults.clear()
        if "spec" in given:
            faults.plan.extend(parsed_faults(given.pop("spec")))
        if given:
            at = given.pop("at", ())
            faults.add(**given, at=at if isinstance(at, int) else tuple(at))
        return {"faults": [{"kind": each.kind, "happened": each.happened} for each in faults.plan]}

    def _limits(self, given: Given) -> None:
        for world in self.emulator.app.worlds.values():
            world.gate.limits = named_limits(given["limits"])

    def _pay_claim(self, given: Given) -> object:
        claim = pay_claim(
            self.emulator.organisation,
            given["id"],
            account_id=given["account_id"],
            amount=Decimal(str(given["amount"])),
            day=date.fromisoformat(given["date"]),
        )
        return {"paid": str(claim["AmountPaid"])}

    def _edit(self, given: Given) -> object:
        organisation = self.emulator.organisations[given.get("tenant_id", self.emulator.tenant_id)]
        kind, identity = given["record"], given["id"]
        record = organisation.tables[kind].get(identity)
        if record is None:
            raise ValueError(f"there is no {kind} `{identity}`")
        fields, problems = coerce(organisation.catalogue, kind, given.get("fields", {}))
        if problems:
            raise ValueError(problems[0])
        organisation.save(kind, {**record, **fields}, bump=bool(given.get("bump", True)))
        return {"edited": identity}
