"""What cannot be taken back is agreed to, one tick each, before the console sends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_world import Visitor, visiting

from xeroport.store.database import Store
from xeroport.store.outbox import outbox

ROWS = (
    "InvoiceNumber,Type,Contact.Name,Date,DueDate,Status,SentToContact,CurrencyCode,"
    "LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode\n"
    "T-1,ACCREC,River Ltd,2026-11-01,2026-11-30,AUTHORISED,true,GBP,Advice,1,100.00,200\n"
    "T-2,ACCREC,River Ltd,2026-11-01,2026-11-30,DRAFT,,NZD,Advice,2,25.50,200\n"
)


def uploaded(visitor: Visitor, rows: str = ROWS, endpoint: str = "invoices.upsert") -> str:
    reply = visitor.upload(
        "/instances/acme-uk/push/upload", "rows.csv", rows.encode(), endpoint=endpoint
    )
    assert reply.status_code == 200, reply.text
    return str(reply.url.path)


def test_approvals_and_e_mails_need_a_tick_each(home: Path) -> None:
    with visiting(home) as visitor:
        where = uploaded(visitor)
        page = visitor.get(where).text
        assert "It approves 1 record." in page
        assert "It has Xero e-mail 1 record to the contact." in page
        assert "100.00 <small>GBP" in page
        assert "51.00 <small>NZD" in page
        for ticks in ([], ["approve"], ["e-mail"], ["void", "delete"]):
            reply = visitor.post(f"{where}/send", agree=ticks)
            assert reply.status_code == 422, ticks
            assert "Nothing was sent" in reply.text
            assert not outbox.counts(Store(home), "acme-uk")
        reply = visitor.post(f"{where}/send", agree=["approve", "e-mail"])
        assert reply.url.path.startswith("/runs/")


@pytest.mark.parametrize(
    ("status", "words"), [("VOIDED", "It voids 1 record"), ("DELETED", "It deletes 1 record")]
)
def test_voids_and_deletes_are_said_in_words(home: Path, status: str, words: str) -> None:
    with visiting(home) as visitor:
        rows = f"InvoiceID,Status\n11111111-2222-4333-8444-555555555555,{status}\n"
        where = uploaded(visitor, rows)
        assert words in visitor.get(where).text
        assert visitor.post(f"{where}/send").status_code == 422


def test_drafts_need_no_tick(home: Path) -> None:
    with visiting(home) as visitor:
        where = uploaded(visitor, ROWS.replace("AUTHORISED,true", "DRAFT,"))
        assert 'name="agree"' not in visitor.get(where).text


def test_a_file_with_problems_cannot_be_sent_by_hand_made_forms(home: Path) -> None:
    with visiting(home) as visitor:
        where = uploaded(visitor, ROWS.replace("2026-11-30", "2026-31-31"))
        reply = visitor.post(f"{where}/send", agree=["approve", "e-mail"])
        assert reply.status_code == 422
        assert not outbox.counts(Store(home), "acme-uk")


def test_sending_again_from_the_outbox_asks_the_same(home: Path) -> None:
    with visiting(home) as visitor:
        where = uploaded(visitor, ROWS.replace(",200\n", ",9999\n"))
        reply = visitor.post(f"{where}/send", agree=["approve", "e-mail"])
        run = str(reply.url.path)
        for job in visitor.app.state.console.work.jobs():
            job.process.wait(timeout=60)
        assert "Rejected" in visitor.get("/instances/acme-uk/outbox").text, visitor.get(run).text
        ids = [str(item.id) for item in outbox.deliveries(Store(home), "acme-uk")]
        asked = visitor.post("/instances/acme-uk/outbox", do="retry", delivery=ids)
        assert "It approves 1 record." in asked.text
        assert "Nothing was sent yet" in asked.text
        again = visitor.post(
            "/instances/acme-uk/outbox", do="retry", delivery=ids, agree=["approve", "e-mail"]
        )
        assert "Tried again" in again.text
