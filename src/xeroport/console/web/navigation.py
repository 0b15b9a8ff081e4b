"""The navigation as data: six rooms by what people do, the pages of each, and the guide's chapter
that a page's `?` leads to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One page of the navigation; `{}` in its path is the organisation's instance."""

    key: str
    label: str
    path: str
    guide: str = "console"


@dataclass(frozen=True)
class PageSection:
    """A room of the navigation; its first entry is where it opens."""

    key: str
    label: str
    entries: tuple[Entry, ...]

    @property
    def needs_instance(self) -> bool:
        """Whether it is about one organisation."""
        return all("{}" in entry.path for entry in self.entries)


SECTIONS = (
    PageSection("home", "Home", (Entry("summary", "Home", "/instances/{}"),)),
    PageSection(
        "books",
        "Books",
        (
            Entry("overview", "Overview", "/instances/{}/overview", "console#books"),
            Entry("statements", "Statements", "/instances/{}/statements", "console#books"),
            Entry("sales", "Sales invoices", "/instances/{}/books/sales-invoices", "console#books"),
            Entry("bills", "Bills", "/instances/{}/books/bills", "console#books"),
            Entry("bank", "Bank", "/instances/{}/books/bank", "console#books"),
            Entry("contacts", "Contacts", "/instances/{}/books/contacts", "console#books"),
            Entry("documents", "All documents", "/instances/{}/books", "console#books"),
        ),
    ),
    PageSection(
        "send",
        "Send",
        (
            Entry("push", "Files", "/instances/{}/push", "push"),
            Entry("proposals", "Proposals", "/instances/{}/proposals", "push"),
            Entry("outbox", "Outbox", "/instances/{}/outbox", "push#the-outbox"),
        ),
    ),
    PageSection(
        "automate",
        "Automate",
        (
            Entry("schedules", "Schedules", "/schedules", "unattended#schedules"),
            Entry("flows", "Flows", "/flows", "flows"),
            Entry("inbox", "Webhooks", "/webhooks-inbox", "unattended#webhooks"),
        ),
    ),
    PageSection(
        "connections",
        "Connections",
        (
            Entry("instances", "Organisations", "/instances", "instances"),
            Entry("fleet", "Fleet", "/fleet", "fleet"),
            Entry("access", "Access", "/access", "console#who-can-open-it"),
        ),
    ),
    PageSection(
        "developer",
        "Developer",
        (
            Entry("endpoints", "Endpoints", "/endpoints", "calling"),
            Entry("data", "Tables", "/instances/{}/data", "console#books"),
            Entry("sql", "SQL", "/instances/{}/sql", "console#which-copy-is-shown"),
            Entry("runs", "Runs", "/runs", "console"),
            Entry("agents", "Agents", "/agents", "agents"),
        ),
    ),
)
ENTRIES = {entry.key: entry for section in SECTIONS for entry in section.entries}
SECTION_OF = {entry.key: section for section in SECTIONS for entry in section.entries}
KEPT = ("overview", "statements", "books", "data", "sql", "push", "outbox", "proposals", "settings")
"""Pages of an organisation that another one has too: a switch stays on them."""


def after_switch(path: str, instance: str) -> str:
    """Where a switch to another organisation leads from a page."""
    parts = path.strip("/").split("/")
    if parts[0] == "instances" and len(parts) > 1:
        rest = parts[2:]
        if not rest or rest[0] not in KEPT:
            return f"/instances/{instance}"
        kept = rest[:2] if rest[0] in ("books", "statements", "data") else rest[:1]
        return "/".join(("/instances", instance, *kept))
    return f"/instances/{instance}"
