"""Flows of the common kinds as the fields of a form: form → flow file, flow → form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from xeroport.jobs.flow.definition import Flow

KINDS = {
    "files-xero": "Files in a folder → records in Xero",
    "xero-table": "Records of Xero → a table",
    "xero-xero": "Records of one organisation → another",
    "xero-http": "Records of Xero → a web address",
}
ON_CHANGE = {
    "refuse": "is refused, and listed",
    "update": "is changed in Xero too",
    "keep": "stays as it is in Xero",
}
"""What happens to a record that changes after it was sent."""


@dataclass(frozen=True)
class FlowForm:
    """A flow with one step. Expressions are SQL; `each_name` names an item of `each_list`."""

    kind: str
    name: str
    instance: str = ""
    endpoint: str = ""
    since: str = ""
    files: str = ""
    key: str = ""
    where: str = ""
    each_name: str = ""
    each_list: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    to_instance: str = ""
    to_endpoint: str = ""
    on_change: str = "refuse"
    table: str = ""
    url: str = ""
    schedule: str = ""
    time_zone: str = ""
    notify: str = ""

    @property
    def reads_files(self) -> bool:
        """Whether it reads files, else records of Xero."""
        return self.kind.startswith("files-")

    @property
    def target(self) -> str:
        """`xero`, `table` or `http`."""
        return self.kind.rpartition("-")[2]


def as_toml(form: FlowForm) -> str:
    """The flow file of a form."""
    return "\n".join(_lines(form)) + "\n"


def _lines(form: FlowForm) -> Iterator[str]:
    yield f"name = {_text(form.name)}"
    for name in ("key", "where", "schedule", "time_zone", "notify"):
        if value := getattr(form, name):
            yield f"{name} = {_text(value)}"
    if form.each_list:
        yield f"each.{_text(form.each_name or 'line')} = {_text(form.each_list)}"
    yield "\n[source]"
    if form.reads_files:
        yield f"files = {_text(form.files)}"
    else:
        yield f"instance = {_text(form.instance)}"
        yield f"endpoint = {_text(form.endpoint)}"
        if form.since:
            yield f"since = {_text(form.since)}"
    if form.fields:
        yield "\n[fields]"
        for name, expression in form.fields:
            yield f"{_text(name)} = {_text(expression)}"
    yield "\n[target]"
    if form.target == "xero":
        yield f"instance = {_text(form.to_instance)}"
        yield f"endpoint = {_text(form.to_endpoint)}"
        yield f"on_change = {_text(form.on_change)}"
    elif form.target == "table":
        yield f"table = {_text(form.table)}"
    else:
        yield f"url = {_text(form.url)}"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's as well, except for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def of_flow(flow: Flow) -> FlowForm | None:
    """The form of a flow; None for one that says more than the form can."""
    source, (step, *more) = flow.source, flow.steps
    target = step.target
    way = f"{source.kind}-{target.kind}"
    says_more = (
        more
        or flow.lookups
        or source.params
        or target.headers
        or target.to is not None
        or step.where is not None
        or len(flow.key) > 1
        or way not in KINDS
    )
    if says_more:
        return None
    each_name, each_list = flow.each or ("", "")
    named = (
        (source, ("instance", "endpoint", "since", "files")),
        (target, ("table", "url")),
        (flow, ("where", "schedule", "time_zone", "notify")),
    )
    return FlowForm(
        kind=way,
        name=flow.name,
        key="".join(flow.key),
        each_name=each_name,
        each_list=each_list,
        fields=tuple(step.fields.items()),
        to_instance=target.instance or "",
        to_endpoint=target.endpoint or "",
        on_change=target.on_change,
        **{name: getattr(part, name) or "" for part, names in named for name in names},
    )
