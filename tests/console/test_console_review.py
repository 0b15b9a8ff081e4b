"""An uploaded file is read and checked once, and its findings are paged through."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

import pytest
from console_world import Visitor, visiting

from xeroport.console.jobs import reviews
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance
from xeroport.store.outbox.enqueuing import enqueue_all
from xeroport.store.outbox.staging import Draft, Staging

HEAD = "Name,EmailAddress,AccountNumber\n"
BAD = 450


def rows(count: int) -> bytes:
    """Contacts, of which `count` have an e-mail address that is too long for Xero."""
    lines = [f"Contact {n},{'x' * 300 if n < count else 'a'}@b.example,A-{n}" for n in range(500)]
    return (HEAD + "\n".join(lines)).encode()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A note of each time that a file is read and checked."""
    found: list[float] = []
    real = reviews.push_async

    def noted(*given: object, **more: object) -> object:
        found.append(time.monotonic())
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reviews, "push_async", noted)
    return found


@pytest.fixture
def kim(visitor: Visitor) -> Visitor:
    place = "http://127.0.0.1:1"
    instances.add(
        visitor.app.state.console.store,
        Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
        Secret("s"),
    )
    return visitor


def send(visitor: Visitor, content: bytes) -> str:
    reply = visitor.upload(
        "/instances/acme/push/upload", "people.csv", content, endpoint="contacts.upsert"
    )
    assert reply.status_code == 200
    return reply.url.path


def shown_lines(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'<tr><td class="number">(\d+)</td>', page)]


def test_a_file_is_checked_once_however_often_it_is_looked_at(
    kim: Visitor, looks: list[float]
) -> None:
    where = send(kim, rows(BAD))
    for _ in range(3):
        assert f"{BAD} of 500 records" in kim.get(where).text
    kim.get(f"{where}?from=100")
    kim.get(f"{where}/problems.csv")
    assert len(looks) == 1


def test_it_is_checked_anew_when_something_changes(kim: Visitor, looks: list[float]) -> None:
    where = send(kim, rows(2))
    kim.post(where, endpoint="contacts.upsert", key="AccountNumber", skip_invalid="yes")
    assert "Send 498 records" in kim.get(where).text
    assert len(looks) == 2
    kim.upload(f"{where}/upload", "people.csv", rows(0))
    assert "Send 500 records" in kim.get(where).text
    assert len(looks) == 3
    store = kim.app.state.console.store
    staging = Staging(store, file="elsewhere")
    staging.add(Draft("A-1", b"{}", "{}", 1))
    enqueue_all(store, staging, instance="acme", endpoint="contacts.upsert", now=time.time())
    kim.get(where)
    assert len(looks) == 4


def test_problems_are_paged_through_to_the_last(kim: Visitor) -> None:
    where = send(kim, rows(BAD))
    seen: list[int] = []
    address = where
    while True:
        page = kim.get(address).text
        seen += shown_lines(page)
        following = re.search(r'rel="next" href="(\?from=\d+)', page)
        if not following:
            break
        assert len(seen) % 100 == 0
        address = where + following[1]
    assert seen == list(range(2, BAD + 2))
    assert shown_lines(kim.get(f"{where}?from=99999").text) == seen[400:], "no last page"
    listed = list(csv.reader(io.StringIO(kim.get(f"{where}/problems.csv").text)))
    assert listed[0] == ["level", "line", "column", "problem", "what to do"]
    assert [int(each[1]) for each in listed[1:]] == seen


def test_a_file_that_takes_long_is_checked_in_the_background(
    kim: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reviews.push_async

    def slow(*given: object, **more: object) -> object:
        time.sleep(1.0)
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reviews, "push_async", slow)
    monkeypatch.setattr(reviews.Reviews.of, "__kwdefaults__", {"patience": 0.1})
    token = kim.token()
    first = kim.client.post(
        "/instances/acme/push/upload",
        data={"csrf": token, "endpoint": "contacts.upsert"},
        files={"file": ("people.csv", rows(0))},
    )
    assert "Checking every row" in first.text
    assert "data-reload" in first.text
    early = kim.get(f"{first.url.path}/problems.csv")
    assert early.status_code == 422
    assert "still being checked" in early.text
    until = time.monotonic() + 20
    while "data-reload" in (page := kim.get(first.url.path).text) and time.monotonic() < until:
        time.sleep(0.1)
    assert "All 500 records are ready" in page


def test_what_a_file_does_not_say_is_asked_and_chosen_on_the_page(kim: Visitor) -> None:
    """Dates that fit two ways, and a column of Xero's that is missing in all rows."""
    head = b"InvoiceNumber,Contact.Name,Date,LineItems.Description,LineItems.UnitAmount\n"
    content = head + b'A-1,Ash,03/04/2026,Work,"1,200"\n'
    reply = kim.upload("/instances/acme/push/upload", "a.csv", content, endpoint="invoices.create")
    assert "fits two ways to write dates" in reply.text
    assert "fits two ways to write numbers" in reply.text
    for choice in ("Dates in the file", "Decimal mark"):
        assert f"hoose it under <em>{choice}</em>" in reply.text
    assert "--d" not in reply.text
    address = str(reply.url).split("#")[0]
    chosen = {"endpoint": "invoices.create", "key": "InvoiceNumber"}
    chosen |= {"dates": "DD/MM/YYYY", "decimal": "."}
    both = {"constant.field": "Type", "constant.value": "ACCREC"}
    reply = kim.post(address, **chosen, **both)
    assert "fits two ways" not in reply.text
    assert "2026-04-03" in reply.text
    assert "ACCREC" in reply.text


def test_a_file_that_cannot_be_read_has_no_list(kim: Visitor) -> None:
    where = send(kim, b"")
    assert kim.get(f"{where}/problems.csv").text.count("\n") == 1


def test_a_file_that_is_gone_is_said_to_be(kim: Visitor) -> None:
    where = send(kim, rows(0))
    (file,) = Path(kim.app.state.console.home).glob("console/uploads/*/file/*")
    file.unlink()
    assert kim.get(where).status_code == 404


@pytest.mark.soak
def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    lines = [f"Contact {n},{'x' * (1 + n % 5 // 4 * 300)}@b.example,A-{n}" for n in range(100_000)]
    place = "http://127.0.0.1:1"
    with visiting(tmp_path) as visitor:
        instances.add(
            visitor.app.state.console.store,
            Instance(name="acme", base_url=place, identity_url=place, client_id="x"),
            Secret("s"),
        )
        where = send(visitor, (HEAD + "\n".join(lines)).encode())
        for _ in range(3):
            began = time.perf_counter()
            page = visitor.get(where).text
            assert time.perf_counter() - began <= 0.3
            assert len(shown_lines(page)) == 100
