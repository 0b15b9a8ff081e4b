"""Every known answer of Xero has its verdict; none leads to a loop."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted import Said, Scripted

from xeroport.clock import ManualClock
from xeroport.errors import (
    DayLimitReached,
    NotAuthenticated,
    NotAuthorised,
    Refused,
    Unavailable,
    XeroportError,
)
from xeroport.xero.client import XeroClient
from xeroport.xero.policy.limits import remaining
from xeroport.xero.policy.verdict import throttle
from xeroport.xero.wire.reply import Reply

START = datetime(2026, 11, 1, tzinfo=UTC)
GOOD = Said(body={"Contacts": [{"ContactID": "c"}]})
ID = "297c2dc5-cc47-4afd-8ec8-74990b8761e9"
OLD_DETAIL = {"Type": None, "Title": "Unauthorized", "Status": 401, "Extensions": {}}
ClientOf = Callable[..., XeroClient]


def expired(detail: str = "TokenExpired: token expired at 2026-11-01") -> Said:
    return Said(401, OLD_DETAIL | {"Detail": detail})


class Run:
    """One call against a script: the reply or the error, and how long it took."""

    def __init__(
        self,
        client_of: ClientOf,
        server: Scripted,
        endpoint: str = "contacts.list",
        params: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.clock = ManualClock(START)
        self.error: XeroportError | None = None
        self.reply: Reply | None = None
        self.server = server
        settings = kwargs.pop("settings", {})

        async def run() -> None:
            async with client_of(server, clock=self.clock, **settings) as client:
                self.usage = client.usage
                try:
                    self.reply = await client.call(endpoint, params, **kwargs)
                except XeroportError as error:
                    self.error = error

        asyncio.run(run())

    @property
    def seconds(self) -> float:
        return (self.clock.now() - START).total_seconds()

    @property
    def calls(self) -> int:
        return len(self.server.asked)


@pytest.mark.parametrize("problem", ["minute", "Minute", "MINUTE limit"])
def test_minute_limit_waits_as_long_as_xero_says(client_of: ClientOf, problem: str) -> None:
    limited = Said(429, "", {"X-Rate-Limit-Problem": problem, "Retry-After": "17"})
    run = Run(client_of, Scripted(limited, GOOD))
    assert run.reply is not None
    assert run.calls == 2
    assert 17 <= run.seconds < 18
    assert run.usage.throttled == {"minute": 1}


@pytest.mark.parametrize("problem", ["day", "Daily", "DAY"])
def test_day_limit_stops_at_once_and_for_everyone(client_of: ClientOf, problem: str) -> None:
    limited = Said(429, "", {"X-Rate-Limit-Problem": problem, "Retry-After": "38000"})
    server = Scripted(limited, GOOD)
    first = Run(client_of, server)
    assert isinstance(first.error, DayLimitReached)
    assert first.error.resets_at == START + timedelta(seconds=38000)
    assert first.seconds == 0
    second = Run(client_of, server)
    assert isinstance(second.error, DayLimitReached)
    assert second.calls == 1


def test_a_long_retry_after_is_never_slept(client_of: ClientOf) -> None:
    limited = Said(429, "", {"X-Rate-Limit-Problem": "minute", "Retry-After": "7200"})
    run = Run(client_of, Scripted(limited, GOOD))
    assert isinstance(run.error, DayLimitReached)
    assert run.seconds == 0


def test_concurrent_limit_backs_off_without_a_retry_after(client_of: ClientOf) -> None:
    limited = Said(429, "<html>", {"X-Rate-Limit-Problem": "concurrent"}, "text/html")
    run = Run(client_of, Scripted(limited, limited, limited, GOOD))
    assert run.reply is not None
    assert run.calls == 4
    assert 0 < run.seconds < 10


def test_app_minute_limit_waits(client_of: ClientOf) -> None:
    limited = Said(429, "", {"X-Rate-Limit-Problem": "appminute", "Retry-After": "9"})
    run = Run(client_of, Scripted(limited, GOOD))
    assert run.reply is not None
    assert run.usage.throttled == {"appminute": 1}
    assert 9 <= run.seconds < 10


def test_throttling_without_end_is_given_up(client_of: ClientOf) -> None:
    run = Run(client_of, Scripted(Said(429, "", {"X-Rate-Limit-Problem": "concurrent"})))
    assert isinstance(run.error, Unavailable)
    assert run.calls <= 21


def test_unknown_429_is_a_minute_limit() -> None:
    assert throttle({}) == ("minute", None)
    assert throttle({"x-rate-limit-problem": "AppMinuteLimit"}) == ("appminute", None)
    assert throttle({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}) == ("minute", None)


def test_headers_that_are_no_numbers_say_nothing() -> None:
    heard = remaining({"x-minlimit-remaining": "many", "x-daylimit-remaining": "-3"})
    assert (heard.minute, heard.day, heard.app_minute) == (None, None, None)


@pytest.mark.parametrize("text", ["The Organisation is offline", "<html><p>maintenance</p></html>"])
def test_503_is_tried_again_then_told(client_of: ClientOf, text: str) -> None:
    offline = Said(503, text, {}, "text/html")
    assert Run(client_of, Scripted(offline, offline, GOOD)).reply is not None
    run = Run(client_of, Scripted(offline))
    assert isinstance(run.error, Unavailable)
    assert "<" not in run.error.message
    assert "offline" in run.error.message
    assert run.error.outcome_known
    assert run.calls == 5
    assert run.seconds < 120


def test_a_long_maintenance_is_not_waited_for(client_of: ClientOf) -> None:
    run = Run(client_of, Scripted(Said(503, "maintenance", {"Retry-After": "3600"})))
    assert isinstance(run.error, Unavailable)
    assert "60 minutes" in str(run.error.hint)
    assert (run.calls, run.seconds) == (1, 0)


def test_500_on_a_read_is_tried_again(client_of: ClientOf) -> None:
    assert Run(client_of, Scripted(Said(500, {"Title": "An error occurred"}), GOOD)).reply


def test_500_on_a_write_goes_again_with_the_same_key_and_bytes(client_of: ClientOf) -> None:
    server = Scripted(Said(500, ""), Said(502, ""), GOOD)
    run = Run(client_of, server, "contacts.upsert", body={"Name": "Ann"})
    assert run.reply is not None
    assert len({each.headers["idempotency-key"] for each in server.asked}) == 1
    assert {each.body for each in server.asked} == {b'{"Contacts":[{"Name":"Ann"}]}'}


def test_a_delete_has_no_key_and_is_not_repeated(client_of: ClientOf) -> None:
    server = Scripted(Said(500, ""))
    run = Run(client_of, server, "items.delete", {"ItemID": ID})
    assert isinstance(run.error, Unavailable)
    assert not run.error.outcome_known
    assert run.calls == 1
    assert "idempotency-key" not in server.asked[0].headers


def test_a_write_is_not_repeated_after_its_key_may_be_dead(client_of: ClientOf) -> None:
    server = Scripted(Said(503, "", {"Retry-After": "110"}))
    run = Run(client_of, server, "contacts.create", body=[{"Name": "Ann"}])
    assert isinstance(run.error, Unavailable)
    assert not run.error.outcome_known
    assert run.seconds < 300
    assert run.calls == 3


def test_a_long_queue_does_not_use_up_patience(client_of: ClientOf) -> None:
    clock, server = ManualClock(START), Scripted(*[GOOD] * 20, Said(503, ""), GOOD)

    async def work() -> None:
        async with client_of(server, clock=clock, rate_limit=1) as client:
            await asyncio.gather(*(client.call("contacts.list") for _ in range(21)))

    asyncio.run(work())
    assert len(server.asked) == 22
    assert clock.monotonic() > 1200


def test_an_expired_token_is_renewed_once(client_of: ClientOf) -> None:
    server = Scripted(expired(), GOOD)
    run = Run(client_of, server)
    assert run.reply is not None
    bearers = [each.headers["authorization"] for each in server.asked]
    assert bearers == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_ends_during_a_wait_is_renewed_again(client_of: ClientOf) -> None:
    run = Run(client_of, Scripted(expired(), Said(503, ""), expired(), Said(503, ""), GOOD))
    assert run.reply is not None
    assert run.calls == 5


def test_a_token_refused_twice_is_no_loop(client_of: ClientOf) -> None:
    server = Scripted(expired())
    run = Run(client_of, server)
    assert isinstance(run.error, NotAuthenticated)
    assert (run.calls, len(server.token_requests)) == (2, 2)


def test_a_revoked_client_is_told(client_of: ClientOf) -> None:
    good = Said(body={"access_token": "token", "expires_in": 1800})
    server = Scripted(expired(""), tokens=(good, Said(400, {"error": "invalid_client"})))
    run = Run(client_of, server)
    assert isinstance(run.error, NotAuthenticated)
    assert "client id and secret" in run.error.message


@pytest.mark.parametrize(
    "said",
    [
        Said(401, "", {"WWW-Authenticate": 'Bearer error="insufficent_scope"'}),
        Said(401, "", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
        Said(403, "", {"WWW-Authenticate": 'Bearer error="Insufficient_Scope"'}),
        expired("AuthorizationUnsuccessful"),
        Said(403, {"Title": "Forbidden", "Detail": "AuthorizationUnsuccessful"}),
    ],
)
def test_a_missing_scope_is_named_and_not_retried(client_of: ClientOf, said: Said) -> None:
    run = Run(client_of, Scripted(said))
    assert isinstance(run.error, NotAuthorised)
    assert run.error.missing_scope == "accounting.contacts.read"
    assert "`accounting.contacts.read`" in run.error.message
    assert (run.calls, len(run.server.token_requests)) == (1, 1)


def test_gated_journals_are_told_apart(client_of: ClientOf) -> None:
    run = Run(client_of, Scripted(expired("AuthorizationUnsuccessful")), "journals.list")
    assert isinstance(run.error, NotAuthorised)
    assert "approved" in run.error.message
    assert run.calls == 1


def test_a_disconnected_organisation_is_told_apart(client_of: ClientOf) -> None:
    said = Said(403, {"Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful"})
    run = Run(client_of, Scripted(said))
    assert isinstance(run.error, NotAuthorised)
    assert "not connected" in run.error.message
    assert run.calls == 1


def test_a_bare_403_means_consent_or_role(client_of: ClientOf) -> None:
    consent = Run(client_of, Scripted(Said(403, "", media="text/plain")), "organisation.get")
    assert isinstance(consent.error, NotAuthorised)
    assert "not been authorised yet" in consent.error.message
    role = Run(client_of, Scripted(Said(403, "")), "reports.trial_balance")
    assert isinstance(role.error, NotAuthorised)
    assert "role" in role.error.message


def test_validation_messages_are_xeros_own(client_of: ClientOf) -> None:
    body = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [
            {"ValidationErrors": [{"Message": "One"}, {"Description": "Two"}]},
            {"LineItems": [{"ValidationErrors": [{"Message": "Three"}, {"Message": "One"}]}]},
        ],
    }
    run = Run(client_of, Scripted(Said(400, body)), "contacts.upsert", body={"Name": "Ann"})
    assert isinstance(run.error, Refused)
    assert run.error.problems == ("One", "Two", "Three")
    assert run.calls == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(404, "The resource you're looking for cannot be found", media="text/plain"), "404"),
        (Said(400, {"Type": "QueryParseException", "Message": "Syntax error"}), "Syntax error"),
        (Said(400, {"Type": "HighVolumeException", "ErrorNumber": 51, "Message": "x"}), "x"),
        (Said(412, ""), "condition"),
        (Said(413, {"Detail": "PayloadTooLarge"}), "too large"),
        (Said(501, ""), "not implemented"),
    ],
)
def test_other_refusals_are_not_retried(client_of: ClientOf, said: Said, words: str) -> None:
    run = Run(client_of, Scripted(said))
    assert isinstance(run.error, Refused)
    assert run.error.status == said.status
    assert words in run.error.message or words == str(said.status)
    assert run.calls == 1


def test_half_a_json_is_not_accepted(client_of: ClientOf) -> None:
    half = Said(200, '{"Contacts":[{"ContactID":"c"},')
    run = Run(client_of, Scripted(half, GOOD))
    assert run.reply is not None
    assert run.calls == 2


def test_html_with_a_good_status_is_not_accepted(client_of: ClientOf) -> None:
    portal = Said(200, "<html>Sign in to the guest network</html>", {}, "text/html")
    assert Run(client_of, Scripted(portal, GOOD)).reply is not None
    run = Run(client_of, Scripted(portal))
    assert isinstance(run.error, Unavailable)


@pytest.mark.parametrize("to", ["https://login.xero.com/", "http://[x", "//a:99999999/", "\\\\["])
def test_a_redirect_is_not_followed(client_of: ClientOf, to: str) -> None:
    run = Run(client_of, Scripted(Said(302, "", {"Location": to})))
    assert isinstance(run.error, Unavailable)
    assert "base URL" in run.error.message


def test_nothing_changed_is_an_empty_reply(client_of: ClientOf) -> None:
    run = Run(client_of, Scripted(Said(304, b"")), modified_since=START)
    assert run.reply is not None
    assert run.reply.records == []


def test_a_truncated_gzip_is_fetched_again(client_of: ClientOf) -> None:
    whole = gzip.compress(b'{"Contacts":[{"ContactID":"c"}]}' + b" " * 5000)
    coded = {"Content-Encoding": "gzip"}
    run = Run(
        client_of,
        Scripted(
            Said(200, whole[:-9], coded), Said(200, b"\x00" + whole, coded), Said(200, whole, coded)
        ),
    )
    assert run.reply is not None
    assert run.reply.records == [{"ContactID": "c"}]
    assert run.reply.wire_bytes == len(whole)
    assert run.calls == 3


def test_an_empty_body_may_claim_to_be_compressed(client_of: ClientOf) -> None:
    server = Scripted(Said(204, b"", {"Content-Encoding": "gzip"}))
    assert Run(client_of, server, "items.delete", {"ItemID": ID}).reply is not None
