"""The first sending is carried out and its reply lost; the second is answered with a lie.

Whatever the answer is, no record is doubled, none is `sent` without being in Xero, and none is
`rejected` while it is there. `make soak` tries every status with every kind of record.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from push_lies import STATUSES, UPSERTS, WITH_KEY, WITHOUT_KEY, Lie, lied_to
from push_targets import Books
from push_world import KEY, World

SHORT = (400, 404, 409, 413, 422, 429, 500, 503)
KINDS = [*WITH_KEY.items(), *WITHOUT_KEY.items(), *UPSERTS.items()]


@pytest.mark.parametrize("kill", [False, True], ids=["alive", "killed"])
@pytest.mark.parametrize("status", SHORT)
def test_a_refusal_of_a_resend_is_not_believed(
    world: World, tmp_path: Path, status: int, kill: bool
) -> None:
    books = Books(world, tmp_path)
    for record, endpoint in (
        ("Invoice", "invoices.create"),
        ("ManualJournal", "manual_journals.create"),
    ):
        lied_to(world, books, record, endpoint, Lie(status), kill=kill)


@pytest.mark.parametrize(("status", "words"), [(400, "elements"), (200, "unique")])
@pytest.mark.parametrize("record", ["Invoice", "Contact", "ManualJournal", "Payment"])
def test_refusals_record_by_record_are_not_believed_either(
    world: World, tmp_path: Path, record: str, status: int, words: str
) -> None:
    endpoint = (WITH_KEY | WITHOUT_KEY)[record]
    lied_to(world, Books(world, tmp_path), record, endpoint, Lie(status, words), kill=False)


@pytest.mark.parametrize(("record", "endpoint"), KINDS)
def test_every_kind_of_record_survives_a_lie(
    world: World, tmp_path: Path, record: str, endpoint: str
) -> None:
    lied_to(world, Books(world, tmp_path), record, endpoint, Lie(400), kill=False, count=2)


def test_one_record_alone_is_not_rejected_while_it_is_in_xero(world: World, tmp_path: Path) -> None:
    lied_to(
        world, Books(world, tmp_path), "Invoice", "invoices.create", Lie(400), kill=False, count=1
    )


@pytest.mark.soak
@pytest.mark.parametrize("kill", [False, True], ids=["alive", "killed"])
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_and_every_kind_of_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, kill: bool
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", KEY)
    for number, ((record, endpoint), words, count) in enumerate(
        itertools.product(KINDS, ("plain", "elements"), (1, 4))
    ):
        world = World(tmp_path / f"home-{number}")
        most = 2 if record == "TrackingCategory" else count
        books = Books(world, tmp_path)
        lie = Lie(status, words)
        lied_to(world, books, record, endpoint, lie, kill=kill, count=min(count, most))
        world.store.close()


def test_a_call_by_hand_says_that_the_first_sending_may_have_been_done(world: World) -> None:
    """The same kind for `xeroport call`: the refusal is shown, and what it does not say."""
    import asyncio

    from push_lies import Liar
    from push_world import invoice

    from xeroport.errors import Refused
    from xeroport.xero.client import open_client

    world.transport = Liar(world.transport, Lie(400))

    async def work() -> None:
        async with open_client(world.store, "acme") as client:
            await client.call("invoices.create", body=invoice("C-1"))

    with pytest.raises(Refused) as caught:
        asyncio.run(work())
    assert not caught.value.outcome_known
    assert "may have been carried out" in (caught.value.hint or "")
    assert len(world.held("Invoice")) == 1
