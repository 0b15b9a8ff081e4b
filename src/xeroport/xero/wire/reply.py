"""What came back from Xero, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from xeroport.catalogue import Endpoint
from xeroport.errors import Unavailable
from xeroport.xero.wire.decode import decode, instant

ENVELOPE_TIME = re.compile(rb'"DateTimeUTC"\s*:\s*"((?:\\.|[^"\\])+)"')
ENVELOPE_HEAD = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """One accepted reply. `body` is inflated (empty where it went to a file, which is `large` where
    it was asked to be); `wire_bytes` is how many bytes came over the wire; `headers` ignores the
    case of names; `resent` says that the call had been sent before and its first answer was
    lost."""

    endpoint: Endpoint
    status: int
    headers: Mapping[str, str]
    body: bytes
    wire_bytes: int
    received: datetime
    resent: bool = False
    large: BinaryIO | None = None

    def __repr__(self) -> str:
        return f"<Reply {self.status} to {self.endpoint.name}: {len(self.body):,} bytes>"

    @property
    def server_time(self) -> datetime:
        """Xero's clock: the envelope's DateTimeUTC, or the Date header, or ours."""
        found = ENVELOPE_TIME.search(self.body, 0, ENVELOPE_HEAD)
        if found:
            stamp = instant(found[1].decode().replace("\\/", "/"))
            if stamp is not None:
                return stamp
        from email.utils import parsedate_to_datetime  # seldom needed, and slow to load

        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return self.received

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of the reply, decoded by the catalogue; Unavailable if it is not JSON."""
        try:
            return decode(self.endpoint, self.body)
        except ValueError as error:
            raise self._unfit(f"cannot be read: {error}") from error

    @property
    def first(self) -> dict[str, Any]:
        """The only record of a reply, or the first; Unavailable where it holds none."""
        for record in self.records[:1]:
            return record
        raise self._unfit("holds no record")

    def _unfit(self, why: str) -> Unavailable:
        return Unavailable(
            f"Xero's answer to `{self.endpoint.name}` {why}",
            hint="check the instance's base URL, or try again in five minutes",
        )
