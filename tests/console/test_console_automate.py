"""The console says whether anything runs schedules, and runs them itself where a person wants it;
the guide is served from the package; access is managed on a page."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_world import Visitor, visiting

from xeroport.console.pages import guide
from xeroport.console.web.cron_words import as_cron, in_words
from xeroport.console.web.navigation import ENTRIES
from xeroport.errors import InputError
from xeroport.store import instances, schedulers, schedules
from xeroport.store.calls import budgets
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store


def test_the_page_says_that_nothing_runs_schedules_and_runs_them_on_request(home: Path) -> None:
    store = Store(home)
    past = datetime.now(UTC) - timedelta(hours=2)
    with visiting(home) as visitor:
        assert "Nothing runs schedules now" in visitor.get("/schedules").text
        made = visitor.post("/schedules", instance="acme-uk", every="1h")
        assert "have this console run them" in made.text
        schedules.put(store, "acme-uk", kind="sync", target="acme-uk", cron="0 * * * *",
                      time_zone="UTC", now=past)  # fmt: skip
        page = visitor.post("/schedules/run-here", do="start")
        assert "This console runs the schedules" in page.text
        until = time.monotonic() + 30
        while not schedules.firings(store, "acme-uk", 1) and time.monotonic() < until:
            time.sleep(0.2)
        assert schedules.firings(store, "acme-uk", 1), "what was due was not started"
        assert schedulers.alive(store, datetime.now(UTC)) == ("console",)
    assert schedulers.alive(store, datetime.now(UTC)) == ()
    with visiting(home) as visitor:
        assert visitor.app.state.console.scheduler.is_running, "it was chosen before"
        visitor.post("/schedules/run-here", do="stop")
        assert "Nothing runs schedules now" in visitor.get("/schedules").text
    with visiting(home) as visitor:
        assert not visitor.app.state.console.scheduler.is_running


def test_a_serve_that_runs_is_seen(home: Path) -> None:
    store = Store(home)
    schedulers.beat(store, "serve", datetime.now(UTC))
    with visiting(home) as visitor:
        page = visitor.get("/schedules").text
        assert "Schedules are run by <code>xeroport serve</code>" in page
        assert "Nothing runs" not in page


@pytest.mark.parametrize(
    ("every", "at", "day", "cron", "words"),
    [
        ("15m", "", "", "*/15 * * * *", "Every 15 minutes"),
        ("1h", "", "", "0 * * * *", "Every hour"),
        ("day", "06:05", "", "5 6 * * *", "Every day at 06:05"),
        ("weekdays", "18:30", "", "30 18 * * 1-5", "Monday to Friday at 18:30"),
        ("week", "6:00", "Sunday", "0 6 * * 0", "Every Sunday at 06:00"),
        ("month", "23:59", "", "59 23 1 * *", "On the first of each month at 23:59"),
    ],
)
def test_presets_are_words_both_ways(every: str, at: str, day: str, cron: str, words: str) -> None:
    assert as_cron(every, at=at, day=day) == cron
    assert in_words(cron) == words


def test_what_is_no_time_is_refused_on_the_page(home: Path) -> None:
    for every, at in (("day", "25:00"), ("day", "x"), ("never", "06:00")):
        with pytest.raises(InputError):
            as_cron(every, at=at)
    with visiting(home) as visitor:
        reply = visitor.post("/schedules", instance="acme-uk", every="week", at="26:00")
        assert reply.status_code == 422
        assert "not a time of day" in reply.text
    assert in_words("7 3 * 2 *") == "7 3 * 2 *"


def test_the_page_says_the_next_times_and_the_calls_a_day(home: Path) -> None:
    with visiting(home) as visitor:
        made = visitor.post("/schedules", instance="acme-uk", every="day", at="06:00")
        assert "up to 4% of the day" in made.text or "up to 5% of the day" in made.text
        page = visitor.get("/schedules").text
        assert page.count("06:00:00") >= 3, "three times are shown"
        assert re.search(r"up to \d+% of 1,000", page)
        store = Store(home)
        shared = instances.budgets_of(Calls(home), instances.get(store, "acme-uk"))
        granted = shared.reserve(time.time())
        assert isinstance(granted, budgets.GrantedCall)
        shared.release(granted.call, time.time(), budgets.LimitsLeft(day=4_900))
        reply = visitor.post("/schedules", instance="acme-uk", every="cron", cron="*/5 * * * *")
        assert reply.status_code == 422
        assert "A sync every 5 minutes takes" in reply.text
        assert "Every 10 minutes fits" in reply.text
        for wrong in ("every day", "61 * * * *", "", "* * * * * *"):
            reply = visitor.post("/schedules", instance="acme-uk", every="cron", cron=wrong)
            assert reply.status_code == 422, wrong
            assert "Expression" in reply.text or "is not a schedule" in reply.text, wrong
        tried = visitor.post(
            "/schedules/try-alert", instance="acme-uk", every="day", at="07:15", notify="me@x.org"
        )
        assert "enter it under <em>The mail server for alerts</em>" in tried.text
        assert 'value="07:15"' in tried.text
        assert 'value="me@x.org"' in tried.text


def test_home_says_what_needs_a_person(home: Path) -> None:
    with visiting(home) as visitor:
        page = visitor.get("/instances/acme-uk").text
        assert "Copy of the books" in page
        assert "Proved complete" in page
        assert "not scheduled" in page
        visitor.post("/schedules", instance="acme-uk", every="day", at="06:00")
        assert "nothing runs schedules" in visitor.get("/instances/acme-uk").text


def test_every_page_s_guide_is_there_with_its_heading(reader: Visitor) -> None:
    for entry in ENTRIES.values():
        chapter, _, heading = entry.guide.partition("#")
        page = reader.get(f"/guide/{chapter}")
        assert page.status_code == 200, entry
        if heading:
            assert f'id="{heading}"' in page.text, entry


def test_every_chapter_is_served_and_its_links_lead_somewhere(reader: Visitor) -> None:
    assert len(guide.chapters()) > 10
    for key in guide.chapters():
        page = reader.get(f"/guide/{key}").text
        assert "<script>" not in page
        article = page.split('<article class="prose">')[1]
        assert "<img" not in article
        for link in re.findall(r'href="(/guide/[^"#]+)', article):
            assert reader.get(link).status_code == 200, (key, link)
    assert reader.get("/guide/..%2f..%2fREADME").status_code == 404


def test_a_link_for_another_person_is_made_on_the_page(home: Path) -> None:
    with visiting(home) as anna, visiting(home) as ben:
        page = anna.post("/access/link", role="view").text
        link = re.search(r"/login\?link=[\w-]+", page)
        assert link
        ben.client.cookies.clear()
        assert ben.get(link[0]).status_code == 200
        assert "may view" in ben.get("/access").text
        assert ben.post("/access/link", role="act").status_code == 403


def test_all_organisations_are_synced_together(home: Path) -> None:
    with visiting(home) as visitor:
        assert "Sync all" in visitor.get("/fleet").text
        assert visitor.post("/fleet/sync", into="parquet:/elsewhere").status_code == 422
        page = visitor.post("/fleet/sync", into="parquet:lake")
        assert page.status_code == 200, page.text
        until = time.monotonic() + 90
        while visitor.app.state.console.work.is_under_way("fleet") and time.monotonic() < until:
            time.sleep(0.3)
        assert (home / "lake" / "acme_uk").is_dir()
        assert "Done" in visitor.get("/fleet").text
