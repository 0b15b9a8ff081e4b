"""What a command says while it runs, whatever it does: that Xero is away, and what it waits for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from xeroport.logs import redact

if TYPE_CHECKING:
    from xeroport.cli.session import Session

SAYS_ITS_WAITS = frozenset({"sync", "fleet", "demo", "serve", "console", "mcp"})
"""Commands that show what they wait for themselves, or run until they are stopped."""


class WaitMessages(logging.Handler):
    """Says on the terminal that Xero cannot be reached, and that it answers again, and that a
    command waits for Xero's limits, however it shows its progress."""

    def __init__(self, session: Session) -> None:
        super().__init__(logging.INFO)
        self._session = session

    @classmethod
    def listen(cls, session: Session) -> None:
        """Say it in this session, and in none before it."""
        says_waits = session.command not in SAYS_ITS_WAITS
        for name, wanted in (("xeroport.outage", True), ("xeroport.waiting", says_waits)):
            logger = logging.getLogger(name)
            for handler in [each for each in logger.handlers if isinstance(each, cls)]:
                logger.removeHandler(handler)
            if wanted:
                logger.addHandler(cls(session))

    def emit(self, record: logging.LogRecord) -> None:
        self._session.say(redact(record.getMessage()))
