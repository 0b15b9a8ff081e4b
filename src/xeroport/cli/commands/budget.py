"""`budget`: what Xero still allows an instance."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from xeroport.cli.session import Session
from xeroport.store import instances
from xeroport.store.calls.file import Calls


@click.command()
@click.argument("name")
@click.pass_obj
def command(session: Session, name: str) -> None:
    """Show how many calls Xero still allows instance NAME, by its last replies; makes no call."""
    instance = instances.get(session.store, name)
    state = instances.budgets_of(Calls(session.home), instance).state()
    left = max(instance.rate_limit - state.minute_used, 0)
    if session.as_json:
        session.emit(
            {
                "instance": name,
                "in_flight": state.in_flight,
                "concurrency": instance.concurrency,
                "minute_used": state.minute_used,
                "minute_limit": instance.rate_limit,
                "minute_remaining": left,
                "app_minute_remaining": state.app_minute_remaining,
                "day_remaining": state.day_remaining,
                "day_resets_at": _instant(state.day_until),
                "held_until": _instant(state.blocked_until),
                "heard_at": _instant(state.heard),
            }
        )
        return
    session.facts(
        {
            "in flight": f"{state.in_flight} of {instance.concurrency}",
            "this minute": f"{left} of {instance.rate_limit} left",
            "today": "not known yet"
            if state.day_remaining is None
            else f"{state.day_remaining:,} left",
            "day starts again": _said(state.day_until),
            "held until": _said(state.blocked_until),
            "Xero last said so": _said(state.heard),
        }
    )


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _said(seconds: float | None) -> str | None:
    found = _instant(seconds)
    return None if found is None else f"{found:%Y-%m-%d %H:%M:%S} UTC"
