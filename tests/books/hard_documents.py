"""Documents that ledgers get wrong: foreign ones in parts, ties, credits across rates, stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledger_world import World

STYLES = ("Exclusive", "Inclusive", "NoTax")
RATES = ("0.8", "1.1", "0.9375", "3")
"""Rates that make ties and thirds."""


class Writer:
    """Writes documents into the emulated organisation through its API, and counts them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        accounts = {each["Code"]: each for each in world.books.records("Account") if "Code" in each}
        self.bank = accounts["090"]["AccountID"]
        self.foreign_bank = accounts["092"]["AccountID"]
        contacts = world.books.records("Contact")
        self.contact = {"ContactID": contacts[0]["ContactID"]}

    def call(self, endpoint: str, body: dict[str, Any], **path: Any) -> dict[str, Any]:
        self.count += 1
        record: dict[str, Any] = self.world.call(endpoint, path or None, body=body)
        return record

    def lines(self, *amounts: str, tax: str | None, code: str = "200") -> list[dict[str, Any]]:
        codes = (
            ("200", "220", "205") if code == "200" else (code,) if code == "610" else (code, "404")
        )
        return [
            {
                "Description": f"Line {at}",
                "Quantity": 1,
                "UnitAmount": amount,
                "AccountCode": codes[at % len(codes)],
                **({"TaxType": tax} if tax else {}),
            }
            for at, amount in enumerate(amounts)
        ]

    def invoice(self, *amounts: str, sale: bool = True, **more: Any) -> dict[str, Any]:
        style = more.setdefault("LineAmountTypes", "Exclusive")
        tax = None if style == "NoTax" else "OUTPUT2" if sale else "INPUT2"
        more.setdefault("Date", "2026-02-10")
        return self.call(
            "invoices.upsert",
            {
                "Type": "ACCREC" if sale else "ACCPAY",
                "Contact": self.contact,
                "DueDate": "2026-03-10",
                "Status": "AUTHORISED",
                "LineItems": self.lines(*amounts, tax=tax, code="200" if sale else "400"),
                **({} if sale else {"InvoiceNumber": f"HARD-{self.count}"}),
            }
            | more,
        )

    def pay(self, kind: str, record: dict[str, Any], amount: Any, **more: Any) -> None:
        body = {
            kind: {f"{kind}ID": record[f"{kind}ID"]},
            "Account": {"AccountID": self.bank},
            "Date": "2026-03-20",
            "Amount": amount,
        }
        self.call("payments.create", body | more)

    def newest(self, kind: str) -> str:
        """The id of the record of a kind that was written last."""
        return str(self.world.books.records(kind)[-1][f"{kind}ID"])

    def bank_transaction(self, of: str, *amounts: str, **more: Any) -> dict[str, Any]:
        sale = of.startswith("RECEIVE")
        style = more.setdefault("LineAmountTypes", "Inclusive")
        tax = None if style == "NoTax" else "OUTPUT2" if sale else "INPUT2"
        code = more.pop("code", "200" if sale else "400")
        body = {
            "Type": of,
            "Contact": self.contact,
            "BankAccount": {"AccountID": self.bank},
            "Date": "2026-02-05",
            "LineItems": self.lines(*amounts, tax=tax, code=code),
        }
        return self.call("bank_transactions.upsert", body | more)


def write_all(world: World) -> int:
    """Write them all; how many calls were accepted."""
    writer = Writer(world)
    _foreign(writer)
    _credits(writer)
    _ahead(writer)
    _others(writer)
    return writer.count


def _foreign(writer: Writer) -> None:
    """Foreign documents in every style, paid in three parts at other rates, into both banks."""
    for rate in RATES:
        for style in STYLES:
            for sale in (True, False):
                invoice = writer.invoice(
                    "33.33", "11618.58", "0.05", sale=sale, LineAmountTypes=style,
                    CurrencyCode="AUD", CurrencyRate=rate,
                )  # fmt: skip
                total = Decimal(str(invoice["Total"]))
                third = (total / 3).quantize(Decimal("0.01"))
                for part, other in ((third, "0.85"), (third, "0.9375"), (total - 2 * third, rate)):
                    bank = writer.foreign_bank if sale else writer.bank
                    writer.pay("Invoice", invoice, str(part), CurrencyRate=other,
                               Account={"AccountID": bank})  # fmt: skip


def _credits(writer: Writer) -> None:
    """Credit notes allocated across rates, refunded, and voided documents."""
    for rate, other in (("0.8", "0.9375"), ("1.1", "1.1"), ("3", "0.8")):
        invoice = writer.invoice("1000.01", CurrencyCode="AUD", CurrencyRate=rate)
        credit = writer.call(
            "credit_notes.upsert",
            {
                "Type": "ACCRECCREDIT", "Contact": writer.contact, "Date": "2026-02-12",
                "Status": "AUTHORISED", "CurrencyCode": "AUD", "CurrencyRate": other,
                "LineItems": writer.lines("77.77", "5.55", tax="OUTPUT2"),
            },
        )  # fmt: skip
        writer.call(
            "credit_notes.allocations.create",
            {
                "Amount": "40.40",
                "Date": "2026-04-02",
                "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            },
            CreditNoteID=credit["CreditNoteID"],
        )
        writer.pay("CreditNote", credit, "10.01", CurrencyRate="0.77")
    for _ in range(3):
        invoice = writer.invoice("10.10")
        writer.call("invoices.upsert", {"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"})


def _ahead(writer: Writer) -> None:
    """Prepayments with tax in two allocations and a refund; overpayments."""
    for currency in (
        {},
        {"CurrencyRate": "0.8", "BankAccount": {"AccountID": writer.foreign_bank}},
    ):
        money = {"CurrencyCode": "AUD", "CurrencyRate": "0.9375"} if currency else {}
        writer.bank_transaction("RECEIVE-PREPAYMENT", "100.01", "33.33", **currency)
        first, second = writer.invoice("200", **money), writer.invoice("300", **money)
        prepayment = writer.newest("Prepayment")
        for invoice, amount in ((first, "40.04"), (second, "33.33")):
            writer.call(
                "prepayments.allocations.create",
                {
                    "Amount": amount,
                    "Date": "2026-04-05",
                    "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                },
                PrepaymentID=prepayment,
            )
        writer.pay("Prepayment", {"PrepaymentID": prepayment}, "20.02")
        writer.bank_transaction(
            "RECEIVE-OVERPAYMENT", "66.66", LineAmountTypes="NoTax", code="610", **currency
        )
        over = writer.newest("Overpayment")
        writer.call(
            "overpayments.allocations.create",
            {
                "Amount": "33.33",
                "Date": "2026-05-06",
                "Invoice": {"InvoiceID": second["InvoiceID"]},
            },
            OverpaymentID=over,
        )
        writer.pay("Overpayment", {"OverpaymentID": over}, "11.11")


def _others(writer: Writer) -> None:
    """Money received and spent in every style, transfers, journals with tax."""
    for style in STYLES:
        writer.bank_transaction("RECEIVE", "19.99", "0.01", LineAmountTypes=style)
        writer.bank_transaction("SPEND", "19.99", "0.01", LineAmountTypes=style)
    for source, target, amount in (
        (writer.bank, writer.foreign_bank, "111.11"),
        (writer.foreign_bank, writer.bank, "55.55"),
    ):
        writer.call(
            "bank_transfers.create",
            {
                "FromBankAccount": {"AccountID": source}, "ToBankAccount": {"AccountID": target},
                "Amount": amount, "Date": "2026-03-03",
            },
        )  # fmt: skip
    for style in STYLES:
        tax = {} if style == "NoTax" else {"TaxType": "INPUT2"}
        writer.call(
            "manual_journals.upsert",
            {
                "Narration": style, "Date": "2026-03-31", "Status": "POSTED",
                "LineAmountTypes": style,
                "JournalLines": [
                    {"LineAmount": "115.01", "AccountCode": "400", **tax},
                    {"LineAmount": "-115.01", "AccountCode": "404", **tax},
                ],
            },
        )  # fmt: skip
