"""The tool that asks the person in the client's own window whether a proposal may be sent.

It is there only if whoever starts the server says so, and works only where the client can ask. The
person sees what each proposal does, in the very word, and types that word and a name; what was
held differently by then is not sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from mcp.server.elicitation import (
    AcceptedElicitation,
    CancelledElicitation,
    DeclinedElicitation,
)
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp.types import ClientCapabilities, ElicitationCapability, FormElicitationCapability
from pydantic import BaseModel, Field

from xeroport.errors import InputError, XeroportError
from xeroport.jobs.push import proposals
from xeroport.jobs.push.checked import EFFECTS
from xeroport.jobs.push.proposals import Proposal
from xeroport.mcp import answers
from xeroport.mcp.answers import ToolAnswer
from xeroport.mcp.synced_books import SyncedBooks
from xeroport.mcp.tools import InstanceName
from xeroport.store import instances
from xeroport.store.database import Store

SHOWN = 20
CAN_ASK = ClientCapabilities(elicitation=ElicitationCapability(form=FormElicitationCapability()))
Keys = Annotated[
    list[str],
    Field(min_length=1, max_length=SHOWN, description="The keys, as `propose` answered them."),
]


class PersonsYes(BaseModel):
    """What a person types to let proposals be sent."""

    word: str = Field(description="The word that the question names, to say yes.")
    name: str = Field(description="Your name: the record's history in Xero will say it.")


Outcome = AcceptedElicitation[PersonsYes] | DeclinedElicitation | CancelledElicitation


def question(organisation: str, held: Sequence[Proposal], base_currency: str | None) -> str:
    """What a person is asked: what happens in Xero, to what, and the word for yes."""
    lines = [
        f"{answers.short(proposal.delivery.key)}: "
        f"{' and '.join(proposal.verbs)}, "
        f"{answers.short(proposal.contact or 'no contact')}, {proposal.amount:,} "
        f"{proposal.currency or base_currency or ''}"
        for proposal in held
    ]
    return (
        f"In Xero, for {answers.short(organisation)}, this "
        f"{proposals.described(held, base_currency)}:\n"
        + "\n".join(lines)
        + f"\nTo let it be sent, type `{word_of(held)}`."
    )


def word_of(held: Sequence[Proposal]) -> str:
    """The word for yes: all that is done, the gravest first, such as `approve, create`."""
    done = {effect for proposal in held for effect in proposal.effects}
    return ", ".join(effect for effect in EFFECTS if effect in done)


def asking_tools(store: Store, books: SyncedBooks) -> list[Callable[..., Any]]:
    """The tool that `--ask-in-client` adds."""
    asked: dict[tuple[str, ...], str] = {}
    """What was last asked about some keys."""

    def held_of(instance: str, keys: Sequence[str]) -> list[Proposal]:
        instances.get(store, instance)
        held = proposals.held(store, instance, keys=keys)
        missing = sorted({*keys} - {proposal.delivery.key for proposal in held})
        if missing:
            raise InputError(
                f"no proposal `{answers.clean(missing[0])}` is waiting", hint="`propose` makes one"
            )
        return held

    def ask(
        instance: str, keys: list[str], context: Context[Any]
    ) -> Elicit[PersonsYes] | XeroportError:
        if not context.session.check_client_capability(CAN_ASK):
            return InputError(
                "this client cannot ask a person, so nothing was sent",
                hint=f"`xeroport outbox approve {instance}`, or the console's outbox",
            )
        try:
            saved = instances.get(store, instance)
            held = held_of(instance, keys)
        except XeroportError as error:
            return error
        asked[(instance, *keys)] = _mark(held)
        words = question(saved.organisation or saved.name, held, saved.base_currency)
        return Elicit(words, PersonsYes)

    async def approve(instance: InstanceName, keys: Keys, answer: Any) -> ToolAnswer:
        """Ask the person, in the client's own window, whether proposals may be sent to Xero.

        The person sees what each does and types the word for it. You cannot answer for the person.
        """
        if isinstance(answer, AcceptedElicitation) and isinstance(answer.data, XeroportError):
            raise answer.data
        held = held_of(instance, keys)
        facts = books.source(instance).facts()
        if not isinstance(answer, AcceptedElicitation):
            return answers.answer(facts | {"sent": "nothing: the person did not say yes"})
        yes, word = answer.data, word_of(held)
        if yes.word.strip().lower() != word or not yes.name.strip():
            raise InputError(
                "nothing was sent: the word or the name is missing", hint=f"the word is `{word}`"
            )
        if asked.pop((instance, *keys), None) != _mark(held):
            raise InputError("nothing was sent: the proposals changed meanwhile", hint="ask again")
        person = answers.short(yes.name.strip())
        resent = await proposals.approve(store, instance, held, person=person)
        rows = [
            (result.key, result.status, "; ".join(map(str, result.messages)))
            for result in resent.results
        ]
        text, shown = answers.as_csv(
            ("key", "status", "what Xero said"), rows, most=answers.MOST_BYTES - 2_000
        )
        return answers.answer(facts | {"approved by": person}, text, rows=shown)

    approve.__annotations__["answer"] = Annotated[Outcome, Resolve(ask)]
    return [approve]


def _mark(held: Sequence[Proposal]) -> str:
    """What tells these proposals, as they are, from any others."""
    digest = hashlib.sha256()
    for proposal in held:
        digest.update(f"{proposal.delivery.id} {proposal.delivery.endpoint} ".encode())
        digest.update(proposal.delivery.body)
    return digest.hexdigest()
