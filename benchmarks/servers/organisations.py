"""Many emulated organisations in one process: `python organisations.py COUNT INVOICES`.

The first line on stdout is a JSON document: base URL and credentials; organisation N answers under
`/oN`. Each line on stdin (a number) edits that many invoices in every organisation and is answered
with one line. Ends with its stdin.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any

from xeroport_emulator import Emulator
from xeroport_emulator.http.serve import served


class Prefixed:
    """Dispatches by the first part of the path."""

    def __init__(self, emulators: list[Emulator]) -> None:
        self.apps = {f"o{number}": each.app for number, each in enumerate(emulators)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        _, first, rest = scope["path"].split("/", 2)
        raw = b"/" + scope["raw_path"].split(b"/", 2)[2]
        await self.apps[first]({**scope, "path": f"/{rest}", "raw_path": raw}, receive, send)


def main(count: int, invoices: int) -> None:
    made = [Emulator(invoices, limits="off", seed=number) for number in range(count)]
    with served(Prefixed(made), port=0) as base:
        facts = [(each.client_id, each.client_secret) for each in made]
        print(json.dumps({"base": base, "credentials": facts}), flush=True)
        for line in sys.stdin:
            for each in made:
                table = each.organisation.tables["Invoice"]
                for record in list(table)[: int(line)]:
                    now = datetime.now(UTC)
                    table.replace({**record, "Reference": str(now), "UpdatedDateUTC": now})
            print("edited", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
