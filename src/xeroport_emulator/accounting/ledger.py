"""Double entry: what each kind of record posts, derived from the records alone.

Amounts are in the base currency, debits positive; every set of postings sums to zero. A currency
rate is foreign units for one base unit, so base = foreign / rate. Records in a status that does
not post (drafts, deleted, voided) post nothing, so a void also leaves the reports of past dates.
Foreign balances are carried at the rate of their document: there is no table of market rates,
hence no unrealised gains.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from xeroport_emulator.accounting.chart import Chart, Record
from xeroport_emulator.accounting.held_back import held_back
from xeroport_emulator.accounting.posting import PAYABLE, RECEIVABLE, ZERO, Posting, control
from xeroport_emulator.organisation.money import base, foreign

CENT = Decimal("0.01")


class Lookup(Protocol):
    """What the ledger needs beside the record itself: accounts, and documents being settled."""

    @property
    def chart(self) -> Chart:
        """The chart of accounts."""
        ...

    def document(self, kind: str, key: str) -> Record | None:
        """The record of that type and id, if it is there."""
        ...


def postings(kind: str, record: Record, lookup: Lookup) -> tuple[Posting, ...]:
    """The legs a record of record type `kind` posts now; none for kinds and statuses that do not.

    `lookup` is the organisation's `Books`. The legs sum to exactly zero.
    """
    rule = _RULES.get(kind)
    if rule is None:
        return ()
    statuses, post = rule
    status = record.get("Status")
    if status is not None and status not in statuses:
        return ()
    return tuple(post(record, lookup))


def line_legs(
    record: Record, sign: int, chart: Chart, *, day: datetime.date
) -> tuple[list[Posting], list[Posting]]:
    """The legs of a document's lines, and those of their tax; `sign` -1 credits, 1 debits."""
    rate, side = foreign(record.get("CurrencyRate")), Decimal(sign)
    style = record.get("LineAmountTypes")
    inclusive, untaxed = style == "Inclusive", style == "NoTax"
    sunk_shares = chart.sunk_shares
    lines: list[Posting] = []
    taxes: dict[str | None, Decimal] = {}
    for line in record.get("LineItems") or ():
        net = line.get("LineAmount") or ZERO
        tax = ZERO if untaxed else line.get("TaxAmount") or ZERO
        tax_type = line.get("TaxType")
        if inclusive:
            net -= tax
        sunk = sunk_shares.get(tax_type) if tax and sunk_shares else None
        if sunk is not None:
            lost = (tax * sunk).quantize(CENT, ROUND_HALF_UP)
            net, tax = net + lost, tax - lost
        if tax:
            taxes[tax_type] = taxes.get(tax_type, ZERO) + tax
        if net:
            account, tracking = line.get("AccountID"), line.get("Tracking")
            leg = Posting(
                chart.account_of(line) if account is None else account,
                day,
                side * (net if rate is None else base(net, rate)),
                _options(tracking) if tracking else (),
                line.get("Description") or "",
                tax_type,
                side * (tax if rate is None else base(tax, rate)),
            )
            lines.append(leg)
    gst = chart.system("GST")
    return lines, [
        Posting(gst, day, side * base(tax, rate), (), "", tax_type)
        for tax_type, tax in taxes.items()
    ]


def stock_legs(record: Record, *, day: datetime.date) -> list[Posting]:
    """What lines of tracked items move between stock and cost of sales, at their average cost."""
    legs: list[Posting] = []
    for line in record.get("LineItems") or ():
        stock = line.get("_Stock")
        if stock and "CostOfSales" in stock and stock["Cost"]:
            legs.append(Posting(stock["Asset"], day, stock["Cost"]))
            legs.append(
                Posting(stock["CostOfSales"], day, -stock["Cost"], _options(line.get("Tracking")))
            )
    return legs


def balanced(legs: Sequence[Posting], chart: Chart, *, account: str = "ROUNDING") -> list[Posting]:
    """The legs with what is missing to zero put on a system account, if anything is."""
    rest = sum([leg.amount for leg in legs], ZERO)
    if not rest:
        return list(legs)
    return [*legs, Posting(chart.system(account), legs[0].date, -rest)]


def _document_legs(head: Posting, record: Record, sign: int, chart: Chart) -> list[Posting]:
    """All legs of a document. A difference between its total and its lines is its own rounding;
    what converting each leg leaves is put on the largest line, the first of equals."""
    lines, taxes = line_legs(record, sign, chart, day=head.date)
    legs, rate = [head, *lines, *taxes], record.get("CurrencyRate")
    rest = sum([leg.amount for leg in legs], ZERO)
    if not rest and (rate is None or rate == 1):
        return legs
    exclusive = record.get("LineAmountTypes") not in ("Inclusive", "NoTax")
    own = record.get("Total") or ZERO
    for line in record.get("LineItems") or ():
        tax = line.get("TaxAmount") or ZERO
        own -= (line.get("LineAmount") or ZERO) + (tax if exclusive else ZERO)
    rest += sign * base(own, rate)
    if rest and lines:
        largest = max(range(len(lines)), key=lambda at: abs(lines[at].amount))
        line_leg = lines[largest]
        lines[largest] = line_leg._replace(amount=line_leg.amount - rest)
    return balanced([head, *lines, *taxes], chart)


def shares(amounts: Sequence[Decimal], target: Decimal) -> list[Decimal]:
    """The amounts scaled so that they sum to exactly `target`; none if they sum to nothing. What
    rounding leaves is put on the largest, the first of equals."""
    whole = sum(amounts, ZERO)
    if not whole:
        return []
    if whole == target:
        scaled = [amount.quantize(CENT, ROUND_HALF_UP) for amount in amounts]
    else:
        scaled = [(amount * target / whole).quantize(CENT, ROUND_HALF_UP) for amount in amounts]
    rest = target - sum(scaled, ZERO)
    if rest:
        scaled[max(range(len(scaled)), key=lambda at: abs(scaled[at]))] += rest
    return scaled


def share(legs: Sequence[Posting], target: Decimal, day: datetime.date) -> list[Posting]:
    """The legs scaled so that they sum to exactly `target`, on another day."""
    whole = sum((leg.amount for leg in legs), ZERO)
    amounts = shares([leg.amount for leg in legs], target)
    return [
        leg._replace(
            amount=amount,
            tax_amount=(leg.tax_amount * target / whole).quantize(CENT, ROUND_HALF_UP),
            date=day,
        )
        for leg, amount in zip(legs, amounts, strict=False)  # no amounts for legs of nothing
        if amount
    ]


def _options(tracking: Sequence[Record] | None) -> tuple[str, ...]:
    """The ids of the options that a line, or one end of a transfer, is tracked by."""
    return tuple([str(t["TrackingOptionID"]) for t in tracking or () if t.get("TrackingOptionID")])


def _invoice(record: Record, lookup: Lookup) -> list[Posting]:
    legs = _document("Invoice", record, lookup)
    return legs + held_back(record, lookup.chart) if record.get("CISDeduction") else legs


def _credit_note(record: Record, lookup: Lookup) -> list[Posting]:
    legs = _document("CreditNote", record, lookup)
    return legs + allocations("CreditNote", record, lookup)


def _document(kind: str, record: Record, lookup: Lookup) -> list[Posting]:
    chart = lookup.chart
    account, sign = control(kind, record)
    day, total = record["Date"], base(record.get("Total") or ZERO, record.get("CurrencyRate"))
    if not total and not record.get("LineItems"):
        return []
    settles = (kind, record[f"{kind}ID"])
    head = Posting(chart.system(account), day, sign * total, settles=settles)
    legs = _document_legs(head, record, -sign, chart)
    return [*legs, *stock_legs(record, day=day)]


def _prepayment(record: Record, lookup: Lookup) -> list[Posting]:
    return allocations("Prepayment", record, lookup)


def _overpayment(record: Record, lookup: Lookup) -> list[Posting]:
    return allocations("Overpayment", record, lookup)


def release(
    kind: str, record: Record, amount: Decimal, *, day: datetime.date, chart: Chart
) -> list[Posting]:
    """The legs that take `amount` (in the document's currency) off what a document holds open.

    A prepayment sits on the accounts of its lines, all others on the control account.
    """
    account, sign = control(kind, record)
    moved = -sign * base(amount, record.get("CurrencyRate"))
    if kind == "Prepayment" and record.get("LineItems"):
        lines, taxes = line_legs(record, sign, chart, day=day)
        held = [*lines, *taxes]
        if sum((leg.amount for leg in held), ZERO):
            return share(held, moved, day)
    return [Posting(chart.system(account), day, moved, settles=(kind, record[f"{kind}ID"]))]


def allocations(kind: str, record: Record, lookup: Lookup) -> list[Posting]:
    """Each allocation moves the credit off its own document and onto the invoice it pays."""
    legs: list[Posting] = []
    chart = lookup.chart
    for allocation in record.get("Allocations") or ():
        nested = allocation.get("Invoice") or {}
        if allocation.get("IsDeleted") or not allocation.get("Amount") or not nested:
            continue
        day = allocation.get("Date") or record["Date"]
        invoice = lookup.document("Invoice", nested["InvoiceID"]) or {
            "Type": "ACCREC" if control(kind, record)[0] == RECEIVABLE else "ACCPAY",
            **nested,
        }
        amount = allocation["Amount"]
        legs += balanced(
            [
                *release(kind, record, amount, day=day, chart=chart),
                *release("Invoice", invoice, amount, day=day, chart=chart),
            ],
            chart,
            account="REALISEDCURRENCYGAIN",
        )
    return legs


def _payment(record: Record, lookup: Lookup) -> list[Posting]:
    """Bank against the document paid; the change of rate since is a realised gain or loss."""
    chart = lookup.chart
    for kind in ("Invoice", "CreditNote", "Prepayment", "Overpayment"):
        nested = record.get(kind)
        if not nested:
            continue
        document = lookup.document(kind, nested[f"{kind}ID"]) or nested
        sign = control(kind, document)[1]
        rate = record.get("CurrencyRate") or document.get("CurrencyRate")
        day, amount = record["Date"], record["Amount"]
        account_id = chart.account_of(record.get("Account") or {})
        held = chart.accounts.get(account_id, {}).get("CurrencyCode")
        paid = base(amount, rate)
        if held != document.get("CurrencyCode"):  # an account in base currency
            paid = record.get("BankAmount") or paid
        bank = Posting(
            account_id,
            day,
            sign * paid,
            (),
            record.get("Reference") or "",
        )
        legs = [bank, *release(kind, document, amount, day=day, chart=chart)]
        return balanced(legs, chart, account="REALISEDCURRENCYGAIN")
    return []


def _bank_transaction(record: Record, lookup: Lookup) -> list[Posting]:
    """Bank against lines; an overpayment credits the control account, transfers post elsewhere."""
    of = record["Type"]
    if of.endswith("-TRANSFER"):
        return []
    chart = lookup.chart
    sign = 1 if of.startswith("RECEIVE") else -1
    rate, day = record.get("CurrencyRate"), record["Date"]
    total = sign * base(record.get("Total") or ZERO, rate)
    bank = Posting(
        chart.account_of(record["BankAccount"]), day, total, (), record.get("Reference") or ""
    )
    if of.endswith("-OVERPAYMENT"):
        account = chart.system(RECEIVABLE if sign > 0 else PAYABLE)
        key = record.get("OverpaymentID")
        settles = ("Overpayment", key) if key else None
        return [bank, Posting(account, day, -total, settles=settles)] if total else []
    if not total and not record.get("LineItems"):
        return []
    legs = _document_legs(bank, record, -sign, chart)
    return [*legs, *stock_legs(record, day=day)]


def _bank_transfer(record: Record, lookup: Lookup) -> list[Posting]:
    """Both ends at the base value of what left; the rate of the account it left says how much."""
    chart = lookup.chart
    spent = lookup.document("BankTransaction", record.get("FromBankTransactionID") or "") or {}
    amount = base(record["Amount"], spent.get("CurrencyRate"))
    day, text = record["Date"], record.get("Reference") or ""
    source, target = record["FromBankAccount"], record["ToBankAccount"]
    return [
        Posting(chart.account_of(source), day, -amount, _options(record.get("FromTracking")), text),
        Posting(chart.account_of(target), day, amount, _options(record.get("ToTracking")), text),
    ]


def _manual_journal(record: Record, lookup: Lookup) -> list[Posting]:
    chart, day = lookup.chart, record["Date"]
    style = record.get("LineAmountTypes")
    legs: list[Posting] = []
    for line in record.get("JournalLines") or ():
        amount = line.get("LineAmount") or ZERO
        tax = line.get("TaxAmount") or ZERO
        tax = tax if style in {"Exclusive", "Inclusive"} else ZERO
        net = amount - tax if style == "Inclusive" else amount
        text = line.get("Description") or record.get("Narration") or ""
        tax_type = line.get("TaxType")
        if net:
            account = chart.account_of(line)
            legs.append(
                Posting(account, day, net, _options(line.get("Tracking")), text, tax_type, tax)
            )
        if tax:
            legs.append(Posting(chart.system("GST"), day, tax, (), "", tax_type))
    return balanced(legs, chart) if legs else []


def _expense_claim(record: Record, lookup: Lookup) -> list[Posting]:
    """What the receipts cost against unpaid expense claims, and the claim's payments off them."""
    chart = lookup.chart
    legs: list[Posting] = []
    unpaid = chart.system("UNPAIDEXPCLM")
    for nested in record.get("Receipts") or ():
        receipt = lookup.document("Receipt", nested.get("ReceiptID", "")) or nested
        day = record.get("ReportingDate") or receipt.get("Date")
        if day is None:
            continue
        head = Posting(unpaid, day, -(receipt.get("Total") or ZERO))
        legs += _document_legs(head, receipt, 1, chart)
    for payment in record.get("Payments") or ():
        if payment.get("Status") == "DELETED" or not payment.get("Account"):
            continue
        amount, day = payment["Amount"], payment["Date"]
        legs.append(Posting(unpaid, day, amount))
        legs.append(Posting(chart.account_of(payment["Account"]), day, -amount))
    return legs


def _conversion(record: Record, lookup: Lookup) -> list[Posting]:
    """The balances an organisation began with, on the day before its conversion month."""
    when = record.get("_ConversionDate") or {}
    balances = record.get("_ConversionBalances") or ()
    if not balances or not when:
        return []
    first = datetime.date(when["Year"], when["Month"], 1)
    day, chart = first - datetime.timedelta(days=1), lookup.chart
    legs = [
        Posting(chart.account_of(balance), day, balance["Balance"].quantize(CENT, ROUND_HALF_UP))
        for balance in balances
        if balance.get("Balance")
    ]
    return balanced(legs, chart, account="HISTORICAL") if legs else []


_Rule = tuple[frozenset[str], Callable[[Record, Lookup], list[Posting]]]

_APPROVED = frozenset({"AUTHORISED", "PAID"})
_RULES: Mapping[str, _Rule] = {
    "Invoice": (_APPROVED, _invoice),
    "CreditNote": (_APPROVED, _credit_note),
    "Prepayment": (_APPROVED, _prepayment),
    "Overpayment": (_APPROVED, _overpayment),
    "Payment": (frozenset({"AUTHORISED"}), _payment),
    "BankTransaction": (frozenset({"AUTHORISED"}), _bank_transaction),
    "BankTransfer": (frozenset({"AUTHORISED"}), _bank_transfer),
    "ManualJournal": (frozenset({"POSTED"}), _manual_journal),
    "ExpenseClaim": (_APPROVED, _expense_claim),
    "Organisation": (frozenset(), _conversion),
}

KINDS: tuple[str, ...] = tuple(_RULES)
"""The record types that post."""
