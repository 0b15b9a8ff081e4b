"""Pages and actions, as a visitor without scripts sees them, over a real emulated Xero."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import duckdb
import pytest
from console_world import Visitor, add_instance, visiting

from xeroport.catalogue import load
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport_emulator import Emulator

Xero = tuple[Emulator, str]


def test_an_empty_home_says_what_to_do_next(visitor: Visitor) -> None:
    page = visitor.get("/").text
    assert "No organisation is connected yet" in page
    assert "Try the demo organisation" in page
    assert "Nothing has run yet" in visitor.get("/runs").text


def test_the_wizard_adds_only_credentials_that_work(visitor: Visitor, xero: Xero) -> None:
    emulator, base_url = xero
    wrong = add_instance(visitor, emulator, base_url, secret="wrong-secret-123")
    assert wrong.status_code == 422
    assert "wrong-secret-123" not in wrong.text
    assert "secret" in wrong.text.lower()
    assert instances.all_instances(Store(visitor.app.state.console.home)) == ()
    right = add_instance(visitor, emulator, base_url)
    assert right.status_code == 200
    assert "is connected" in right.text
    (kept,) = instances.all_instances(Store(visitor.app.state.console.home))
    assert (kept.name, kept.time_zone, kept.date_format) == (
        "acme-uk",
        "Pacific/Auckland",
        "DD/MM/YYYY",
    )
    assert kept.organisation
    assert kept.organisation in right.text


def test_the_wizard_names_the_scopes_that_a_use_needs(visitor: Visitor) -> None:
    where = visitor.get("/add").url.path.removesuffix("/name")
    visitor.post(f"{where}/name", name="acme")
    reading = visitor.post(f"{where}/method", use=["read"]).text.replace("<wbr>", "")
    assert "accounting.invoices.read" in reading
    assert "accounting.contacts.read" in reading
    assert "developer.xero.com" in reading
    writing = visitor.post(f"{where}/method", use=["read", "write"]).text.replace("<wbr>", "")
    assert "<code>accounting.invoices</code>" in writing
    assert "accounting.invoices.read" not in writing
    assert "accounting.reports.balancesheet.read" in writing


def test_the_wizard_says_what_is_wrong_with_a_name(visitor: Visitor) -> None:
    where = visitor.get("/add").url.path.removesuffix("/name")
    reply = visitor.post(f"{where}/name", name="Acme Ltd")
    assert reply.status_code == 422
    assert "cannot be an instance" in reply.text


def test_the_wizard_takes_the_settings_of_the_organisation(visitor: Visitor, xero: Xero) -> None:
    """Each wrong setting is refused in place, and the others stay as they were typed."""
    emulator, base_url = xero
    step = visitor.get("/add")
    where = step.url.path.removesuffix("/name")
    visitor.post(f"{where}/name", name="acme")
    visitor.post(f"{where}/method", use=["read"])
    credentials = {"base_url": base_url, "client_id": emulator.client_id}
    wrong = visitor.post(f"{where}/credentials", **credentials, client_secret="not-it")
    assert wrong.status_code == 422
    assert f'value="{emulator.client_id}"' in wrong.text
    assert "not-it" not in wrong.text
    right = visitor.post(
        f"{where}/credentials", **credentials, client_secret=emulator.client_secret
    )
    assert 'value="Pacific/Auckland"' in right.text
    assert 'value="DD/MM/YYYY"' in right.text
    good = {"time_zone": "UTC", "date_format": "DD/MM/YY", "rate_limit": "6000"}
    for name, value, said in (
        ("time_zone", "Aukland", "Pacific/Auckland"),
        ("date_format", "HELLO", "not a date format"),
        ("rate_limit", "many", "not a rate limit"),
    ):
        reply = visitor.post(f"{where}/settings", **{**good, name: value})
        assert reply.status_code == 422
        assert said in reply.text
        assert reply.text.count('value="DD/MM/YY"') == (name != "date_format")
    done = visitor.post(f"{where}/settings", **good)
    assert "is connected" in done.text


def test_the_same_app_twice_is_noticed(visitor: Visitor, xero: Xero) -> None:
    emulator, base_url = xero
    add_instance(visitor, emulator, base_url)
    where = visitor.get("/add").url.path.removesuffix("/name")
    visitor.post(f"{where}/name", name="twice")
    visitor.post(f"{where}/method", use=["read"])
    fields = {
        "base_url": base_url,
        "client_id": emulator.client_id,
        "client_secret": emulator.client_secret,
    }
    refused = visitor.post(f"{where}/credentials", **fields)
    assert refused.status_code == 422
    assert "<code>acme-uk</code> already uses this app" in refused.text
    taken = visitor.post(f"{where}/credentials", **fields, again="yes")
    assert "<code>acme-uk</code> is the same organisation" in taken.text


def test_a_secret_is_never_sent_back(visitor: Visitor, xero: Xero) -> None:
    emulator, base_url = xero
    add_instance(visitor, emulator, base_url)
    for path in (
        "/instances",
        "/instances/acme-uk",
        "/instances/acme-uk/settings",
        "/runs",
        "/endpoints/organisation.get",
    ):
        assert emulator.client_secret not in visitor.get(path).text, path
    reply = visitor.post("/endpoints/organisation.get", instance="acme-uk")
    assert reply.status_code == 200
    assert emulator.client_secret not in reply.text


def test_edit_rotate_check_and_remove(visitor: Visitor, xero: Xero) -> None:
    emulator, base_url = xero
    add_instance(visitor, emulator, base_url)
    store = Store(visitor.app.state.console.home)
    edited = visitor.post(
        "/instances/acme-uk/settings", time_zone="Europe/London", base_url=base_url
    )
    assert "settings are saved" in edited.text
    assert instances.get(store, "acme-uk").time_zone == "Europe/London"
    refused = visitor.post("/instances/acme-uk/rotate", client_secret="not-it")
    assert refused.status_code == 422
    assert instances.secret(store, "acme-uk").reveal() == emulator.client_secret
    good = visitor.post("/instances/acme-uk/rotate", client_secret=emulator.client_secret)
    assert "new secret works" in good.text
    assert "Checked: Xero gives access to" in visitor.post("/instances/acme-uk/check").text
    kept = visitor.post("/instances/acme-uk/remove", confirm="acme")
    assert kept.status_code == 422
    assert len(instances.all_instances(store)) == 1
    gone = visitor.post("/instances/acme-uk/remove", confirm="acme-uk")
    assert "is removed" in gone.text
    assert instances.all_instances(store) == ()


def test_a_failed_check_shows_in_the_health(home: Path, xero: Xero) -> None:
    store = Store(home)
    broken = instances.get(store, "acme-uk")
    instances.save(store, type(broken)(**{**vars(broken), "client_id": "0" * 32}))
    with visiting(home) as visitor:
        reply = visitor.post("/instances/acme-uk/check")
    assert 'class="note bad"' in reply.text
    assert "Credentials refused" in reply.text


def test_all_endpoints_are_there_and_found(reader: Visitor) -> None:
    page = reader.get("/endpoints").text
    named = set(re.findall(r'href="/endpoints/([a-z_.0-9]+)"', page))
    assert named == {each.name for each in load().endpoints}
    assert len(named) == 235
    pdf = reader.get("/endpoints?q=pdf").text
    assert set(re.findall(r'href="/endpoints/([a-z_.0-9]+)"', pdf)) == {
        each.name for each in load().endpoints if "pdf" in (each.name + each.operation).lower()
    }
    assert "No endpoint matches" in reader.get("/endpoints?q=zzzz").text


def test_every_endpoint_has_its_page_with_its_parameters(reader: Visitor) -> None:
    for endpoint in load().endpoints:
        page = reader.get(f"/endpoints/{endpoint.name}")
        assert page.status_code == 200, endpoint.name
        for parameter in endpoint.parameters:
            assert f'name="p.{parameter.name}"' in page.text, (endpoint.name, parameter.name)
        for scope in (*endpoint.granular_scopes, *endpoint.scopes):
            assert scope in page.text.replace("<wbr>", "")


def test_try_it_shows_reply_budget_and_the_same_call(reader: Visitor) -> None:
    reply = reader.post(
        "/endpoints/invoices.list", instance="acme-uk", **{"p.pageSize": "3", "p.page": "2"}
    )
    assert reply.status_code == 200
    assert "&#34;page&#34;: 2" in reply.text
    assert "xeroport call acme-uk invoices.list page=2 pageSize=3" in reply.text
    assert "today" in reply.text
    key = re.search(r'href="(/tries/[^"]+)"', reply.text)
    assert key
    body = reader.get(key[1])
    assert len(json.loads(body.content)["Invoices"]) == 3


def test_what_xero_refuses_is_said_in_place(reader: Visitor) -> None:
    reply = reader.post(
        "/endpoints/invoices.list", instance="acme-uk", **{"p.where": "nonsense =="}
    )
    assert reply.status_code == 422
    assert 'class="note bad"' in reply.text


def test_a_write_asks_first(home: Path, xero: Xero) -> None:
    emulator, _ = xero
    before = len(emulator.organisation.tables["ContactGroup"])
    body = json.dumps({"ContactGroups": [{"Name": "From the console"}]})
    with visiting(home) as visitor:
        asked = visitor.post("/endpoints/contact_groups.create", instance="acme-uk", body=body)
        assert "This changes the books" in asked.text
        assert len(emulator.organisation.tables["ContactGroup"]) == before
        broken = visitor.post("/endpoints/contact_groups.create", instance="acme-uk", body="{")
        assert broken.status_code == 422
        sent = visitor.post(
            "/endpoints/contact_groups.create", instance="acme-uk", body=body, sure="yes"
        )
    assert sent.status_code == 200
    assert len(emulator.organisation.tables["ContactGroup"]) == before + 1


def test_the_data_pages_show_what_the_books_hold(reader: Visitor, synced: Path) -> None:
    with duckdb.connect(str(synced / "books.duckdb"), read_only=True) as connection:
        (invoices,) = connection.execute("SELECT count(*) FROM acme_uk.invoice").fetchone() or (0,)
        top = connection.execute(
            "SELECT invoice_number FROM acme_uk.invoice ORDER BY total DESC, rowid LIMIT 3"
        ).fetchall()
        (late,) = connection.execute(
            "SELECT count(*) FROM acme_uk.invoice WHERE status = 'AUTHORISED'"
        ).fetchone() or (0,)
    page = reader.get("/instances/acme-uk/data/invoice?sort=total&desc=1").text
    assert f"1–50 of {invoices:,}" in page
    shown = re.findall(r'record\?invoice_id=[^"]+">([^<]+)</a>', page)
    assert shown[:3] == [row[0] for row in top]
    narrowed = reader.get(
        "/instances/acme-uk/data/invoice?column=status&op=is&value=AUTHORISED"
    ).text
    assert f"of {late:,}<" in narrowed
    second = reader.get("/instances/acme-uk/data/invoice?sort=total&desc=1&from=50").text
    assert f"51–100 of {invoices:,}" in second
    assert not set(re.findall(r'invoice_id=([^"]+)"', second)) & set(
        re.findall(r'invoice_id=([^"]+)"', page)
    )


def test_a_record_shows_its_lines_and_leads_to_its_contact(reader: Visitor) -> None:
    page = reader.get("/instances/acme-uk/data/invoice?q=INV-00").text
    first = re.search(r'href="(/instances/acme-uk/data/invoice/record\?invoice_id=[^"]+)"', page)
    assert first
    record = reader.get(first[1]).text
    assert "Invoice line item" in record
    contact = re.search(r'href="(/instances/acme-uk/data/contact/record\?[^"]+)"', record)
    assert contact
    assert reader.get(contact[1]).status_code == 200


def test_csv_holds_every_row(reader: Visitor, synced: Path) -> None:
    reply = reader.get("/instances/acme-uk/data/contact/csv")
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    with duckdb.connect(str(synced / "books.duckdb"), read_only=True) as connection:
        held = connection.execute("SELECT count(*) FROM acme_uk.contact").fetchone()
    assert held == (len(rows),)
    assert "attachment" in reply.headers["content-disposition"]


def test_the_sql_box_reads_and_does_nothing_else(reader: Visitor) -> None:
    def ask(sql: str) -> tuple[int, str]:
        reply = reader.get("/instances/acme-uk/sql", params={"sql": sql})
        return reply.status_code, reply.text

    status, text = ask("select count(*) as n from invoice -- a comment")
    assert status == 200
    assert ">n</th>" in text
    for sql in (
        "drop table invoice",
        "create table x (a int)",
        "delete from invoice",
        "copy invoice to 'x.csv'",
        "select * from read_text('/etc/passwd')",
        "select * from glob('/*')",
        "attach 'x.db'",
        "install httpfs",
        "set enable_external_access = true",
        "select 1; select 2",
        "select 1) union (select 2",
        "nonsense",
    ):
        status, text = ask(sql)
        assert status == 422, sql
        assert 'class="note bad"' in text
        assert "root:" not in text
    books = reader.app.state.console.home / "books.duckdb"
    with duckdb.connect(str(books), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 100 FROM acme_uk.invoice").fetchone() == (
            True,
        )


def test_an_endless_query_is_stopped(synced: Path) -> None:
    from xeroport.console.reading.own_file import DuckFile
    from xeroport.errors import InputError

    books = DuckFile(synced / "books.duckdb", synced / "console")
    with (
        pytest.raises(InputError, match="took longer"),
        books.read(seconds=0.3) as reading,
    ):
        reading.rows("SELECT sum(a.range * b.range % 7) FROM range(3000000) a, range(3000000) b")


def test_a_schedule_is_set_and_refused(home: Path) -> None:
    from xeroport.store import schedules

    store = Store(home)
    with visiting(home) as visitor:
        assert visitor.get("/schedules").status_code == 200
        made = visitor.post("/schedules", instance="acme-uk", cron="0 2 * * *")
        assert made.status_code == 200
        (kept,) = schedules.all_schedules(store)
        assert (kept.kind, kept.target, kept.cron) == ("sync", "acme-uk", "0 2 * * *")
        wrong = visitor.post("/schedules", instance="acme-uk", cron="61 * * * *")
        assert wrong.status_code == 422
        assert schedules.get(store, "acme-uk").cron == "0 2 * * *"


def test_plotly_comes_from_the_installed_package(reader: Visitor) -> None:
    reply = reader.get("/plotly.js")
    assert reply.status_code == 200
    assert b"plotly.js v" in reply.content[:200]


def test_what_does_not_exist_is_said_plainly(reader: Visitor) -> None:
    for path in (
        "/nothing",
        "/instances/nobody",
        "/endpoints/invoices.lst",
        "/runs/99999",
        "/runs/x",
        "/instances/acme-uk/data/nothing",
        "/instances/acme-uk/data/invoice/record?invoice_id=1",
        "/instances/acme-uk/push/../../etc",
        "/instances/acme-uk/push/aaaaaaaaaaaaaaaa",
    ):
        reply = reader.get(path)
        assert reply.status_code == 404, (path, reply.status_code)
    assert "Did you mean" in reader.get("/endpoints/invoices.lst").text


@pytest.mark.parametrize(
    ("job", "report", "problems"),
    [
        ("sync", {"streams": [{"stream": "a", "status": "done"}]}, 0),
        (
            "sync",
            {
                "streams": [
                    {"stream": "a", "status": "failed"},
                    {"stream": "b", "status": "not_allowed", "expected": True},
                    {"stream": "c", "status": "not_allowed"},
                    {"stream": "d", "status": "done", "rejected": 3},
                ]
            },
            5,
        ),
        ("push", {"counts": {"sent": 9, "rejected": 2, "unknown": 1}, "invalid": 4}, 7),
        ("flow", {"counts": {"new": 3}, "steps": [{"sent": 1, "refused": 2}]}, 2),
        ("sync", {"error": "the credentials were refused"}, 1),
        ("sync", {}, 0),
    ],
)
def test_runs_say_how_many_problems_they_had(
    visitor: Visitor, job: str, report: dict[str, object], problems: int
) -> None:
    from xeroport.store import runs

    store: Store = visitor.app.state.console.store
    number = runs.start(store, "acme", job, {})
    runs.finish(store, number, "partial", report)
    page = visitor.get("/runs").text
    assert re.search(
        rf'<td class="number">(<span class="bad">)?{problems}(</span>)?</td></tr>', page
    )
    assert re.search(
        rf"<dt>Problems</dt><dd[^>]*>{problems}</dd>", visitor.get(f"/runs/{number}").text
    )
