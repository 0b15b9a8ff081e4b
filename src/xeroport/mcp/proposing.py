"""The one tool that prepares a write: documents go into the outbox as *held*, and nothing is sent.

A person sees what each does, in words, and approves: `xeroport outbox approve NAME`, or the
console. Sending, once each, is the outbox's work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from xeroport.catalogue import load
from xeroport.errors import InputError
from xeroport.jobs.push import proposals
from xeroport.jobs.push.order import Order
from xeroport.jobs.push.run import push_async
from xeroport.mcp import answers
from xeroport.mcp.answers import ToolAnswer
from xeroport.mcp.synced_books import SyncedBooks
from xeroport.mcp.tools import InstanceName
from xeroport.rows import source
from xeroport.store import instances
from xeroport.store.database import Store

MOST_DOCUMENTS = 50
PROBLEMS = 20


def proposing_tools(store: Store, books: SyncedBooks) -> list[Callable[..., Any]]:
    """The tools that `--propose` adds."""

    async def propose(
        instance: InstanceName,
        endpoint: Annotated[
            str, Field(description="Such as `invoices.create` or `contacts.upsert`.")
        ],
        documents: Annotated[
            list[dict[str, Any]],
            Field(
                min_length=1,
                max_length=MOST_DOCUMENTS,
                description="Records as Xero has them, with Xero's field names; each needs its "
                "number, code or name, by which it is sent once.",
            ),
        ],
        key: Annotated[
            str, Field(description="The field that tells records apart; empty: the usual one.")
        ] = "",
    ) -> ToolAnswer:
        """Check documents and put them into the outbox, held until a person approves them.

        Nothing is sent to Xero. Proposing the same document again changes nothing. Say to the
        person what was proposed and how to approve it; you cannot approve it yourself.
        """
        saved = instances.get(store, instance)
        target = load().endpoint(endpoint)
        if not target.is_write or target.body != "json":
            raise InputError(f"`{endpoint}` takes no documents", hint="such as `invoices.create`")
        order = Order(
            instance,
            endpoint,
            rows=source.from_rows(documents),
            key=tuple(part.strip() for part in key.split(",") if part.strip()),
            held=True,
        )
        report = await push_async(store, order)
        facts = books.source(instance).facts() | {"endpoint": endpoint}
        problems = [problem.text("documents") for problem in report.problems[:PROBLEMS]]
        if report.sent_nothing and not report.ok:
            facts["proposed"] = "nothing: correct the problems and propose again"
            return answers.answer(facts, "\n".join(map(answers.clean, problems)))
        keys = [result.key for result in report.results]
        waiting = proposals.held(store, instance, endpoint=endpoint, keys=keys)
        does = proposals.described(waiting, saved.base_currency) if waiting else "nothing new"
        facts |= {
            "proposed": f"{does}; held, nothing was sent",
            "already known": report.already or None,
            "to approve": f"xeroport outbox approve {instance}, or the console's outbox",
        }
        rows = [
            (
                proposal.delivery.key,
                "; ".join(proposal.verbs),
                proposal.contact,
                proposal.amount,
                proposal.currency or saved.base_currency,
            )
            for proposal in waiting
        ]
        heads = ("key", "does", "contact", "amount", "currency")
        text, shown = answers.as_csv(heads, rows, most=answers.MOST_BYTES - 4_000)
        if problems:
            text = "\n".join([text, "", "warnings:", *map(answers.clean, problems)])
        return answers.answer(facts, text, rows=shown)

    return [propose]
