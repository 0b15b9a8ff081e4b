"""Wrong input first: what else was typed stays, the address of a refused form leads back to its
page, and hints name what stands on the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from console_world import Visitor
from starlette.routing import Route

from xeroport.console import pages
from xeroport.console.app import PAGES
from xeroport.secrets.vault import Secret
from xeroport.store import instances, runs
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator


@pytest.fixture
def kim(visitor: Visitor) -> Visitor:
    """A visitor to an organisation that cannot be reached."""
    place = "http://127.0.0.1:1"
    own = Instance(name="acme", base_url=place, identity_url=place, client_id="x")
    instances.add(visitor.app.state.console.store, own, Secret("s"))
    return visitor


def test_a_wrong_setting_keeps_the_others(kim: Visitor) -> None:
    typed = {
        "time_zone": "Aukland", "date_format": "MM/DD/YYYY", "decimal_mark": ",",
        "rate_limit": "17/minute", "concurrency": "3", "base_url": "http://127.0.0.1:2",
        "identity_url": "http://127.0.0.1:3", "client_id": "another",
    }  # fmt: skip
    reply = kim.post("/instances/acme/settings", **typed)
    assert reply.status_code == 422
    assert "Pacific/Auckland" in reply.text
    for name, value in typed.items():
        if name != "decimal_mark":
            assert f'name="{name}"' in reply.text
            assert f'value="{value}"' in reply.text
    assert '<option value="," selected>' in reply.text


def test_a_wrong_file_keeps_what_its_rows_are(kim: Visitor) -> None:
    where = "/instances/acme/push/upload"
    for name, content in (("a.pdf", b"%PDF"), ("", b"")):
        reply = kim.upload(where, name, content, endpoint="contacts.upsert")
        assert reply.status_code == 422
        assert '<option value="contacts.upsert" selected>' in reply.text
    assert "CSV, Excel, JSON" in kim.upload(where, "a.pdf", b"%PDF", endpoint="items.upsert").text


def test_the_address_of_a_form_leads_to_its_page(kim: Visitor) -> None:
    """Somebody comes back to the address of a refused form, or types it."""
    upload = kim.upload(
        "/instances/acme/push/upload", "a.csv", b"Name\nAsh\n", endpoint="contacts.upsert"
    ).url.path
    to = {
        "/schedules/try-alert": "/schedules", "/schedules/mail": "/schedules",
        "/instances/acme/rotate": "/instances/acme", f"{upload}/send": upload,
        f"{upload}/upload": upload, "/instances/acme/push/upload": "/instances/acme/push/upload",
        "/new-flow/upload": "/new-flow/upload", "/fleet/sync": "/fleet",
        "/access/link": "/access", "/webhooks-inbox/key": "/webhooks-inbox",
    }  # fmt: skip
    for address, page in to.items():
        reply = kim.get(address)
        assert (reply.status_code, reply.url.path) == (200, page), address
    posts = {
        route.path
        for module in PAGES
        for route in module.ROUTES
        if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    without_a_page = {"/theme", "/switch"}
    for path in posts - without_a_page:
        reply = kim.get(re.sub(r"\{(?!instance)\w+\}", "x", path).replace("{instance}", "acme"))
        assert reply.status_code != 405, path


def test_hints_name_pages_not_commands(kim: Visitor) -> None:
    for address, words in {
        "/instances/nobody": "<em>Organisations</em>",
        "/runs/99999": "<em>Runs</em>",
        "/flows/nothing": "<em>Flows</em>",
        "/endpoints/no.such": "<em>Endpoints</em>",
    }.items():
        page = kim.get(address).text.partition("<main")[2]
        assert words in page, address
        assert "xeroport " not in re.sub("<[^>]+>", "", page), address


def test_a_form_is_sent_once() -> None:
    """A second press of a button before the next page is there does nothing: each form is written
    by `form`, which says so, but for those that only change how the console looks."""
    folder = Path(pages.__file__).parents[1] / "templates"
    texts = {template.name: template.read_text() for template in folder.glob("*.html")}
    assert {name for name, text in texts.items() if 'method="post"' in text} == {"login.html"}
    more_than_once = {name for name, text in texts.items() if "data_once=false" in text}
    assert more_than_once == {"base.html", "as_of.html"}


def test_what_is_sent_twice_or_late_says_so(visitor: Visitor, xero: tuple[Emulator, str]) -> None:
    """Two presses in the wizard, a stop of what has ended, a form of a browser signed out."""
    emulator, base_url = xero
    where = visitor.get("/add").url.path.removesuffix("/name")
    visitor.post(f"{where}/name", name="acme")
    visitor.post(f"{where}/method", use=["read"])
    answers = {
        "base_url": base_url,
        "client_id": emulator.client_id,
        "client_secret": emulator.client_secret,
    }
    for _ in range(2):
        reply = visitor.post(f"{where}/credentials", **answers)
        assert (reply.status_code, reply.url.path) == (200, f"{where}/settings")
    chosen = {"time_zone": "UTC", "date_format": "DD/MM/YYYY", "rate_limit": "60/minute"}
    assert "is connected" in visitor.post(f"{where}/settings", **chosen).text
    assert "This form was finished" in visitor.post(f"{where}/settings", **chosen).text
    store = visitor.app.state.console.store
    run = runs.start(store, "acme", "sync", {})
    runs.finish(store, run, "done", {})
    assert "It has ended already" in visitor.post(f"/runs/{run}/stop").text
    visitor.client.cookies.clear()
    late = visitor.client.post("/schedules", data={"csrf": "x"}, headers={"accept": "text/html"})
    assert late.url.path == "/login"
    assert "What you just sent was not done" in late.text
    assert visitor.client.post("/schedules", data={"csrf": "x"}).status_code == 401
