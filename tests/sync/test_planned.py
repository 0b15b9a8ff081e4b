"""Syncs that follow the plan of calls: few calls, nothing missed for longer than was said."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.sync.books import NAME, Books

from xeroport.api.outcome import of_sync
from xeroport.clock import ManualClock
from xeroport.destinations.duckdb_file import connect_writing
from xeroport.jobs.sync.log_lines import left_alone
from xeroport.jobs.sync.report import StreamReport, SyncReport
from xeroport.store import instances
from xeroport_emulator.gateway.faults import parsed_faults

START = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def by_name(report: SyncReport) -> dict[str, StreamReport]:
    return {each.stream: each for each in report.streams}


def pass_time(books: Books, **time: float) -> None:
    assert isinstance(books.clock, ManualClock)
    books.clock.advance(timedelta(**time).total_seconds())


def new_invoice(books: Books, number: str, **line: Any) -> None:
    table = books.emulator.organisation.tables["Invoice"]
    like = next(each for each in table if each["LineItems"] and each["Status"] == "AUTHORISED")
    identity = books.emulator.organisation.new_id()
    now = books.clock.now() if books.clock else START
    lines = [{**like["LineItems"][0], "LineItemID": identity, **line}]
    table.add(
        {
            **like,
            "InvoiceID": identity,
            "InvoiceNumber": number,
            "LineItems": lines,
            "UpdatedDateUTC": now,
        }
    )


def test_a_planned_sync_with_nothing_new_takes_few_calls(planned: Books) -> None:
    pass_time(planned, minutes=15)
    report = planned.sync(fresh=False)
    assert (report.status, report.exit_status) == ("done", 0)
    assert report.calls <= 16
    assert report.records == 0
    left = [each for each in report.streams if each.status == "current"]
    assert {"tax_rates", "organisation", "report_trial_balance"} <= {e.stream for e in left}
    for each in left:
        assert each.complete
        assert each.proof
        assert each.as_of == "2026-11-30T08:00:00+00:00"
        assert each.due is not None
        assert each.due > each.as_of
        assert each.why in ("read lately", "quiet", "nothing posted")
        assert each.calls == 0
        assert re.fullmatch(
            r"as of 2026-11-30 08:00 UTC; not due before 2026-1\d-\d\d \d\d:\d\d UTC"
            r"(, as nothing was posted since|, as it seldom changes)?",
            left_alone(each),
        )
        assert left_alone(each, "one reply").startswith(
            "as of 2026-11-30 08:00 UTC: one reply; not"
        )


def test_a_stream_that_is_not_due_is_not_named_as_undone(planned: Books) -> None:
    pass_time(planned, hours=25)
    planned.sync(fresh=False)
    new_invoice(planned, "NEW-0")
    pass_time(planned, minutes=15)
    planned.emulator.faults.plan.extend(parsed_faults("500@invoices.list"))
    error = of_sync(planned.sync(fresh=False))
    assert re.match(r"1 stream of \d+ of `acme-uk` not done: `invoices`: ", str(error)), error


def test_fresh_and_full_and_named_streams_are_read_in_any_case(planned: Books) -> None:
    streams = len(planned.sync(fresh=True).streams)
    assert len([e for e in planned.sync(fresh=True).streams if e.calls]) == streams
    assert by_name(planned.sync("tax_rates", fresh=False))["tax_rates"].calls == 1
    assert all(each.calls for each in planned.sync(full=True, fresh=False).streams)


def test_what_is_old_enough_is_read(planned: Books) -> None:
    pass_time(planned, hours=23)
    assert by_name(planned.sync(fresh=False))["tax_rates"].status == "current"
    pass_time(planned, hours=1)
    read = by_name(planned.sync(fresh=False))["tax_rates"]
    assert (read.status, read.why) == ("done", "old enough")


def test_a_new_row_that_names_an_unknown_tax_rate_has_it_read_at_once(planned: Books) -> None:
    rates = planned.emulator.organisation.tables["TaxRate"]
    rates.add({**next(iter(rates)), "TaxType": "TAX099", "Name": "Newest rate"})
    pass_time(planned, minutes=15)
    report = by_name(planned.sync(fresh=False))
    assert report["tax_rates"].status == "current"
    new_invoice(planned, "NEW-1", TaxType="TAX099")
    report = by_name(planned.sync(fresh=False))
    assert (report["tax_rates"].status, report["tax_rates"].why) == ("done", "pointed at")
    assert report["branding_themes"].status == "current"
    found = planned.query("SELECT name FROM tax_rate WHERE tax_type = 'TAX099'")
    assert found == [("Newest rate",)]
    pass_time(planned, minutes=15)
    assert by_name(planned.sync(fresh=False))["tax_rates"].status == "current"


def test_reports_are_read_when_something_has_posted(planned: Books) -> None:
    pass_time(planned, hours=7)
    report = by_name(planned.sync(fresh=False))
    assert report["report_trial_balance"].why == "nothing posted"
    new_invoice(planned, "NEW-2")
    report = by_name(planned.sync(fresh=False))
    assert report["report_trial_balance"].why == "something posted"
    new_invoice(planned, "NEW-3")
    pass_time(planned, minutes=15)
    report = by_name(planned.sync(fresh=False))
    assert report["report_trial_balance"].why == "read lately"


def test_a_destination_that_is_gone_or_older_is_read_again(planned: Books) -> None:
    file = planned.home / "books.duckdb"
    saved = planned.home / "saved.duckdb"
    shutil.copy(file, saved)
    pass_time(planned, hours=25)
    new_invoice(planned, "NEW-4")
    rates = planned.emulator.organisation.tables["TaxRate"]
    rates.replace(next(iter(rates)) | {"Name": "Renamed"})
    planned.sync(fresh=False)
    file.unlink()
    shutil.copy(saved, file)
    report = planned.sync(fresh=False)
    assert by_name(report)["tax_rates"].status == "done"
    assert planned.one("SELECT count(*) FROM invoice WHERE invoice_number = 'NEW-4'") == 1
    file.unlink()
    report = planned.sync(fresh=False)
    assert not [each for each in report.streams if each.status == "current"]


def test_a_refused_stream_is_asked_for_once_a_day(planned: Books) -> None:
    pass_time(planned, minutes=15)
    again = by_name(planned.sync(fresh=False))["journals"]
    assert (again.status, again.calls, again.why) == ("not_allowed", 0, "refused lately")
    assert again.missing_scope == "accounting.journals.read"
    assert again.expected
    assert again.due == "2026-12-01T08:00:00+00:00"
    assert by_name(planned.sync(fresh=True))["journals"].calls == 1
    pass_time(planned, days=1)
    assert by_name(planned.sync(fresh=False))["journals"].calls == 1


def test_a_refused_stream_is_asked_for_when_the_instance_gets_in_otherwise(planned: Books) -> None:
    acme = instances.get(planned.store, NAME)
    instances.save(planned.store, replace(acme, scopes=(*acme.scopes, "accounting.journals.read")))
    assert by_name(planned.sync(fresh=False))["journals"].calls == 1


def test_a_sync_that_brings_nothing_does_not_open_the_destination(planned: Books) -> None:
    file = planned.home / "books.duckdb"
    before = file.stat()
    pass_time(planned, minutes=15)
    with connect_writing(file):  # held by somebody else: nobody else could open it
        report = planned.sync(fresh=False)
        assert (report.status, report.records) == ("done", 0)
    assert by_name(report)["invoices"].as_of == "2026-11-30T08:15:00+00:00"
    assert file.stat().st_size == before.st_size
    new_invoice(planned, "NEW-5")
    planned.sync(fresh=False)
    assert planned.one("SELECT count(*) FROM invoice WHERE invoice_number = 'NEW-5'") == 1


def test_a_destination_written_by_another_home_is_looked_into(
    planned: Books, tmp_path: Path
) -> None:
    other = Books(planned.emulator, tmp_path / "other", clock=planned.clock)
    pass_time(planned, minutes=15)
    new_invoice(planned, "NEW-6")
    other.sync(fresh=False, to=planned.url)
    pass_time(planned, minutes=15)
    report = planned.sync(fresh=False)
    assert report.status == "done"
    assert planned.one("SELECT count(*) FROM invoice WHERE invoice_number = 'NEW-6'") == 1
    other.store.close()


def test_another_destination_has_a_plan_of_its_own(planned: Books) -> None:
    report = planned.sync(fresh=False, to=f"parquet:{planned.home / 'lake'}")
    assert not [each for each in report.streams if each.status == "current"]
    pass_time(planned, minutes=5)
    report = planned.sync(fresh=False, to=f"parquet:{planned.home / 'lake'}")
    assert report.calls <= 16
