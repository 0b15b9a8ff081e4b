"""Pages of what works by itself: failures, due runs, webhooks, the fleet and flows."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console_internet import MAIL, NAMES, PASSWORD, USER, internet
from console_unattended import fail_once, keep_flow, receive
from console_world import NASTY, visiting

from xeroport.clock import SystemClock
from xeroport.jobs.schedule import polling
from xeroport.store import alert_places, flows, inbox, notices, runs, schedules
from xeroport.store.database import Store


def test_a_schedule_that_fails_is_said_with_its_reason_and_its_run(home: Path) -> None:
    store = Store(home)
    fail_once(store)
    with visiting(home) as visitor:
        page = visitor.get("/schedules").text
        assert "has been failing since" in page
        assert NASTY[0] not in page
        assert "&lt;script&gt;" in page
        (firing,) = schedules.firings(store, "acme-uk")
        due = visitor.get("/schedules/due?name=acme-uk").text
        assert f'href="/runs/{firing.run}"' in due
        assert visitor.get("/schedules/due?name=nobody").status_code == 404


def test_a_notice_that_nobody_took_is_shown_with_the_reason(home: Path) -> None:
    store, now = Store(home), datetime.now(UTC)
    fail_once(store)
    with store.transaction() as connection:
        notices.keep(connection, "acme-uk", "opened", since=now, due=now, message=NASTY[0], now=now)
    with visiting(home) as visitor:
        assert "could not be sent" not in visitor.get("/schedules").text
        notice = notices.claim(store, "someone", SystemClock())
        assert notice is not None
        notices.later(store, notice, "someone", now=now, problem=f"it said {NASTY[0]}")
        page = visitor.get("/schedules").text
    assert "began to fail could not be sent" in " ".join(page.split()).replace("</strong>", "")
    assert NASTY[0] not in page


def test_a_test_delivery_goes_through_the_door(home: Path) -> None:
    store = Store(home)
    with visiting(home) as visitor:
        none = visitor.post("/webhooks-inbox/try", instance="acme-uk")
        assert "was accepted" not in none.text
        for wrong in ("https://x.example", "E9B1C90BBB3E7C1D36EC35BE0DA53D47", "two words"):
            reply = visitor.post("/webhooks-inbox/key", instance="acme-uk", key=wrong)
            assert "signing key" in reply.text
            assert "is saved" not in reply.text
        visitor.post("/webhooks-inbox/key", instance="acme-uk", key="planted-key")
        tried = visitor.post("/webhooks-inbox/try", instance="acme-uk")
        assert "The signed test delivery was accepted; one with a wrong signature" in tried.text
        assert "a test from here" in tried.text
        assert "https://testserver/webhooks/xero/acme-uk" in tried.text
        alone = visitor.get("/webhooks-inbox", headers={"host": "127.0.0.1:8642"})
        assert "https://YOUR-HOST/webhooks/xero/acme-uk" in alone.text
        assert [kept.event.category for kept in inbox.recent(store, None, 5)] == ["TEST"]


def test_the_mail_server_is_set_on_the_page(home: Path) -> None:
    good = {"host": "smtp.example.com", "security": "starttls", "sender": "books@example.com"}
    store = Store(home)
    with visiting(home) as visitor:
        for wrong in (
            {"host": "127.0.0.1"}, {"host": "mail.lan"}, {"host": "10.0.0.1"}, {"port": "22"},
            {"host": "a.example.com:22"}, {"security": "none"}, {"sender": "x"},
        ):  # fmt: skip
            reply = visitor.post("/schedules/mail", **{**good, **wrong})
            assert reply.status_code == 422, wrong
            assert 'value="' + {**good, **wrong}["host"] in reply.text
            assert alert_places.mail_server(store) is None
        saved = visitor.post("/schedules/mail", **good, user="u", password="planted-pass")
        assert "Alerts by e-mail go through <code>smtp.example.com</code>" in saved.text
        assert "planted-pass" not in saved.text
        visitor.post("/schedules/mail", **good, user="u", password="")
        server = alert_places.mail_server(store)
        assert server is not None
        assert server.port == 587
        assert server.password is not None
        assert server.password.reveal() == "planted-pass"


def test_the_inbox_shows_events_and_takes_keys_sealed(home: Path) -> None:
    store = Store(home)
    with visiting(home) as visitor:
        assert "No webhooks are set up yet" in visitor.get("/webhooks-inbox").text
        kept = visitor.post("/webhooks-inbox/key", instance="acme-uk", key="planted-key")
        assert "is saved" in kept.text
        assert "planted-key" not in kept.text
        assert inbox.key(store, "acme-uk").reveal() == "planted-key"
        assert "one word" in visitor.post("/webhooks-inbox/key", instance="acme-uk", key="").text
        receive(store, 150)
        page = visitor.get("/webhooks-inbox?instance=acme-uk").text
        assert "id-149" in page
        assert "id-1<" not in page
        assert "id-1<" in visitor.get("/webhooks-inbox?show=200").text
        assert NASTY[0] not in page
        assert "Filled by its schedule" in page, "the poll that comes with the key"
        polling.set_poll(store, "acme-uk", polling.NEVER, now=datetime.now(UTC))
        assert "No schedule" in visitor.get("/webhooks-inbox").text


def test_the_fleet_shows_what_fails_first(home: Path) -> None:
    store = Store(home)
    fail_once(store)
    with visiting(home) as visitor:
        page = visitor.get("/fleet").text
        assert "Failed: 1" in page
        assert "&lt;script&gt;" in page
        assert 'href="/instances/acme-uk"' in visitor.get("/fleet?status=failed").text


def test_a_flow_shows_its_way_its_counts_and_what_to_mend(home: Path, tmp_path: Path) -> None:
    store = Store(home)
    with visiting(home) as visitor:
        assert "There is no flow yet" in visitor.get("/flows").text
        keep_flow(store, tmp_path)
        assert 'href="/flows/orders"' in visitor.get("/flows").text
        page = visitor.get("/flows/orders").text
        for words in ("orders/*.csv", "http://127.0.0.1:1", "1 refused", "W-7", "Correct"):
            assert words in page
        assert NASTY[0] not in page
        assert "does not run until" in visitor.post("/flows/orders", do="disable").text
        assert not flows.get(store, "orders").enabled
        assert "is enabled" in visitor.post("/flows/orders", do="enable").text
        assert visitor.post("/flows/orders", do="retry", run="x").status_code == 422
        assert visitor.get("/flows/nobody").status_code == 404


def test_nothing_changes_without_the_form_s_token(home: Path) -> None:
    store = Store(home)
    fail_once(store)
    with visiting(home) as visitor:
        for path, fields in (
            ("/schedules", {"instance": "acme-uk", "cron": "0 2 * * *"}),
            ("/schedules/act", {"name": "acme-uk", "do": "remove"}),
            ("/webhooks-inbox/key", {"instance": "acme-uk", "key": "k"}),
            ("/flows/orders", {"do": "run"}),
        ):
            assert visitor.client.post(path, data=fields).status_code == 403
        assert schedules.get(store, "acme-uk").cron == "0 * * * *"


def test_the_run_of_a_flow_leads_back_to_the_flow(home: Path) -> None:
    """A flow between files and services has no instance that a page could lead to."""
    store = Store(home)
    keep_flow(store, home)
    with visiting(home) as visitor:
        number = runs.recent(store, 1)[0].id
        page = visitor.get(f"/runs/{number}").text
        assert "<h1>Flow orders</h1>" in page
        assert 'href="/flows/orders">Open orders<' in page
        assert visitor.get("/flows/orders").status_code == 200


def test_an_alert_arrives_by_mail(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server as it is typed on the page: a wrong password is said, then it is taken, over
    STARTTLS with a certificate that is checked."""
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, getattr(socket, name))
    (tmp_path / "internet").mkdir()
    with internet(tmp_path / "internet") as seen, visiting(home) as visitor:
        exec(NAMES, {})
        server = {"host": MAIL, "security": "starttls", "sender": "books@example.com", "user": USER}
        alert = {"instance": "acme-uk", "every": "1h", "notify": "kim@example.com"}
        visitor.post("/schedules/mail", **server, password="wrong")
        refused = visitor.post("/schedules/try-alert", **alert).text
        assert "was not accepted" in refused
        assert "wrong user or password" in refused
        visitor.post("/schedules/mail", **server, password=PASSWORD)
        assert "The test alert was accepted" in visitor.post("/schedules/try-alert", **alert).text
        assert len(seen.messages) == 1
        assert "To: kim@example.com" in seen.messages[0]
