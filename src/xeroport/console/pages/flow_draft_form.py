"""What the one form of a flow's draft says, whichever of its buttons was pressed: the settings, or
the same flow as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.datastructures import FormData

from xeroport.console.jobs.flow_forms import FlowForm, as_toml
from xeroport.console.web.cron_words import FIXED, as_cron
from xeroport.console.web.forms import text
from xeroport.errors import InputError
from xeroport.jobs.alerts import alert_targets
from xeroport.store.database import Store

NEVER = "only"
"""The choice of a flow that runs when somebody starts it."""
MOST_TEXT = 200_000
AS_TYPED = (
    *("instance", "endpoint", "since", "files", "key", "where", "each_list", "to_instance"),
    *("to_endpoint", "on_change", "table", "url", "time_zone"),
)
"""Fields of the form that are taken as they are typed."""


@dataclass(frozen=True)
class FlowTyped:
    """The form as it stands on the page, right or wrong: the settings (None for a flow that is
    changed as a file), when it runs, the alert, and the file."""

    text: str
    settings: FlowForm | None
    every: str = NEVER
    at: str = "06:00"
    day: str = "Monday"
    cron: str = ""
    notify: str = ""


def as_shown(text: str, settings: FlowForm | None) -> FlowTyped:
    """The form of a draft before anybody typed."""
    if settings is None:
        return FlowTyped(text, None)
    schedule = settings.schedule
    every = next((key for key, cron in FIXED.items() if cron == schedule), "cron")
    return FlowTyped(
        text, settings, every if schedule else NEVER, cron=schedule, notify=settings.notify
    )


def as_typed(form: FormData, shown: FlowTyped) -> FlowTyped:
    """The form of a draft as it was sent."""
    typed = shown
    if "text" in form:
        typed = replace(typed, text=text(form, "text")[:MOST_TEXT].replace("\r\n", "\n") + "\n")
    if typed.settings is None or "every" not in form:
        return typed
    pairs = zip(form.getlist("field.name"), form.getlist("field.value"), strict=False)
    settings = replace(
        typed.settings,
        **{name: text(form, name) for name in AS_TYPED if name in form},
        fields=tuple((str(n).strip(), str(v).strip()) for n, v in pairs if str(n).strip()),
    )
    return replace(
        typed,
        settings=settings,
        every=text(form, "every"),
        at=text(form, "at") or "06:00",
        day=text(form, "day") or "Monday",
        cron=text(form, "cron"),
        notify=text(form, "notify"),
    )


def text_of(store: Store, typed: FlowTyped, shown: FlowTyped) -> str:
    """The flow file that the form asks for; InputError where it cannot be told, or is refused."""
    has_text = _plain(typed.text) != _plain(shown.text)
    has_settings = _as_plain(typed) != _as_plain(shown)
    if has_text and has_settings:
        raise InputError(
            "the settings and the file were both changed",
            hint="check one of them first, and change the other after that",
        )
    if typed.settings is None or not has_settings:
        return typed.text if has_text else shown.text
    schedule = ""
    if typed.every != NEVER:
        schedule = as_cron(typed.every, at=typed.at, day=typed.day, cron=typed.cron)
    alert = typed.notify if schedule else ""
    if alert and alert != shown.notify:
        alert = alert_targets.from_console(store, alert)
    return as_toml(replace(typed.settings, schedule=schedule, notify=alert))


def _plain(text: str) -> str:
    """Without what a browser changes on its way."""
    return text.replace("\r\n", "\n").strip()


def _as_input(value: str) -> str:
    """A value as a field of one line holds it."""
    return value.replace("\n", "").replace("\r", "").strip()


def _as_plain(typed: FlowTyped) -> tuple[object, ...]:
    """The settings that count, to be compared."""
    own = typed.settings
    if own is None:
        return ()
    usual = tuple(_as_input(getattr(own, name)) for name in AS_TYPED)
    fields = tuple((_as_input(name), _as_input(value)) for name, value in own.fields)
    has_time = typed.every in ("day", "weekdays", "week", "month")
    at = (
        typed.at if has_time else "",
        typed.day if typed.every == "week" else "",
        _as_input(typed.cron) if typed.every == "cron" else "",
        typed.notify if typed.every != NEVER else "",
    )
    return usual, fields, typed.every, at
