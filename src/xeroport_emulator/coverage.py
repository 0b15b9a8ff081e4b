"""How far the emulator goes, operation by operation: the text of docs/coverage.md."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint
from xeroport_emulator.operations.dispatch import special
from xeroport_emulator.reported import CLIENTS, NOT_SHOWN, REPORTED
from xeroport_emulator.rules import RULES

SHORT: dict[str, str] = {
    "*.history.list": "entries that the emulator makes itself are in its "
    "own words, and begin when it starts",
    "*.pdf": "the document's content in one layout of its own, whatever its branding theme; "
    "characters beyond Latin-1 are printed as `?`",
    "bank_transactions.*": "there are no statement lines; `IsReconciled` is kept as sent",
    "branding_themes.payment_services.*": "kept; nothing can be paid through them",
    "currencies.create": "there are no market rates: a document without a rate takes 1 or the "
    "data set's",
    "expense_claims.*": "Xero switches them off in February 2027; they are still here, and nothing "
    "pays them, since the API has no such payment",
    "invoice_reminders.list": "always: reminders are off",
    "invoices.email": "nothing leaves the machine; the invoice counts as sent, 1,000 a day",
    "invoices.list": "`includeArchived` has no effect, as at Xero",
    "credit_notes.*": "no deduction of the construction industry scheme",
    "invoices.online_invoice": "an address of the right kind; there is no page behind it",
    "items.*": "tracked inventory is kept at average cost; backorders are refused",
    "journals.*": "closed until the switch `journals_open`; they begin when they are first read",
    "organisation.actions": "always: everything is allowed",
    "payment_services.*": "kept; nothing can be paid through them",
    "receipts.*": "Xero deprecates them in February 2027; they are still here",
    "repeating_invoices.*": "the schedule is kept and never runs: no invoice comes from it",
    "reports.get": "the last return of the demo in Australia and New Zealand; others have none",
    "reports.list": "the last return of the demo in Australia and New Zealand; others have none",
    "reports.balance_sheet": "open foreign documents are revalued with the switch `revaluation`, "
    "foreign money at the bank never",
    "reports.ten_ninety_nine": "rent alone is mapped to a box of the 1099-MISC; only organisations "
    "in the US have contacts on it",
    "reports.trial_balance": "as the balance sheet",
    "reports.profit_and_loss": "unrealised currency gains with the switch `revaluation`",
    "setup.create": "accounts and conversion balances; its other settings are not read",
}
"""Endpoint names with `*` → where the emulator stops short of Xero; the longest name counts."""

MADE = "<!-- made by `make docs`: do not edit -->\n"
HEAD = """# What the emulator covers

All {count} operations of Xero's Accounting API answer, from the emulator's own organisation: what
is written is there when it is read, and posts to the books. Where an operation stops short of
Xero, its line says so; an empty last column means that nothing is known to be missing.

For all of them:

- Replies are JSON when asked for and XML otherwise. Bodies may be JSON, XML, or a form with `xml`.
- A refusal is worded as Xero words it where its words are known, and says the same otherwise.
- `where` knows comparisons, `AND`, `OR`, `NOT`, brackets, `null`, `Guid()`, `DateTime()`,
  `Contains`, `StartsWith`, `EndsWith`, `ToLower`, `ToUpper` and dotted fields, no arithmetic.
- Paths with `/pdf` answer too, as Xero's description and SDKs have them.
- `Idempotency-Key`, `summarizeErrors`, `unitdp` and `If-Modified-Since` work wherever Xero has
  them, and are ignored elsewhere.
"""


def page() -> str:
    """docs/coverage.md as a whole."""
    catalogue = load()
    lines = [MADE, HEAD.format(count=len(catalogue.endpoints))]
    ordered = sorted(catalogue.endpoints, key=lambda each: each.name.split(".")[0])
    for resource, group in groupby(ordered, key=lambda each: each.name.split(".")[0]):
        lines += [f"## {resource}", "", *_table(list(group)), ""]
    lines += ["## As reported of Xero", "", *_reported(), ""]
    lines += ["## What Xero's description shows and replies here do not", "", *_not_shown(), ""]
    lines += ["## Other people's clients", "", "| client | needs changed |", "|---|---|"]
    lines += [f"| {client} | {change} |" for client, change in CLIENTS]
    return "\n".join([*lines, ""])


def _reported() -> Iterator[str]:
    yield "None of this was tried on a live Xero."
    yield ""
    yield "| what it does | source | switch |"
    yield "|---|---|---|"
    yield from (f"| {deed} | {source} | {switch} |" for deed, source, switch in REPORTED)


def _not_shown() -> Iterator[str]:
    yield "Every other field of its example replies is compared with the emulator's, and its form."
    yield ""
    yield "| field | why |"
    yield "|---|---|"
    for (record, field), why in NOT_SHOWN.items():
        yield f"| {record}.{field} | {why} |"


def _table(endpoints: list[Endpoint]) -> Iterator[str]:
    yield "| operation | request | what it does | short of Xero |"
    yield "|---|---|---|---|"
    for endpoint in endpoints:
        request = f"`{endpoint.method} {endpoint.path}`"
        yield f"| {endpoint.name} | {request} | {deed(endpoint)} | {shortfall(endpoint)} |"


def shortfall(endpoint: Endpoint) -> str:
    """Where an operation stops short of Xero; empty if nothing is known."""
    fitting = [line for line in SHORT if fnmatchcase(endpoint.name, line)]
    named = [line for line in fitting if ".attachments." in line or ".history." in line]
    if ".attachments." in endpoint.name or ".history." in endpoint.name:
        fitting = named
    return SHORT[max(fitting, key=len)] if fitting else ""


def deed(endpoint: Endpoint) -> str:
    """What an operation does, in a few words."""
    parts = endpoint.name.split(".")
    verb = parts[-1]
    if "attachments" in parts:
        return {
            "list": "names the files",
            "get": "gives the file's bytes",
            "get_by_name": "gives the file's bytes",
            "add": "keeps the file; `HasAttachments` turns true",
            "replace": "keeps the file in place of the former",
        }[verb]
    if "history" in parts:
        return "shows the notes" if verb == "list" else "adds notes"
    if parts[0] == "reports":
        return "drawn from the ledger" if verb not in ("list", "get") else "published reports"
    if endpoint.is_write:
        return _written(endpoint)
    if endpoint.path.count("/") == 1 and special(endpoint) is None:
        return _listed(endpoint)
    return "prints the document" if verb == "pdf" else "shows it"


def _written(endpoint: Endpoint) -> str:
    if endpoint.name not in RULES:
        return "carried out"
    many = f", up to {endpoint.batch} at once" if endpoint.batch > 1 else ""
    if endpoint.resource == "Items" and many:
        many = ", up to 500 at once"
    if endpoint.method == "PUT":
        return f"creates{many}"
    if endpoint.method == "DELETE":
        return "removes"
    if endpoint.verb.startswith("delete"):
        return "deletes: the record stays, with Status `DELETED`"
    return f"creates or changes{many}" if "{" not in endpoint.path else "changes"


def _listed(endpoint: Endpoint) -> str:
    told = []
    if endpoint.paging == "page":
        told.append(f"pages of {endpoint.page_size}")
    if endpoint.modified_since:
        told.append("since")
    queries = [parameter.name for parameter in endpoint.parameters if parameter.place == "query"]
    queries = [query for query in queries if query not in ("page", "pageSize")]
    told += [f"`{query}`" for query in queries]
    return "lists: " + ", ".join(told) if told else "lists"
