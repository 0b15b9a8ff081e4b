"""Refusals of the identity server and the consent page, in the user's words."""

from __future__ import annotations

from xeroport.errors import InputError, NotAuthenticated, NotAuthorised, XeroportError
from xeroport.xero.tokens import token_refusal
from xeroport.xero.wire.answer import Answered, Lost

APPS = "https://developer.xero.com/app/manage"


def refusal(where: str, name: str, answer: Answered | Lost) -> XeroportError | None:
    """Why an answer of the identity server is no token for a login; None if it is one."""
    wrong_type = NotAuthenticated(
        "this client id does not belong to an app that people sign in to",
        hint="make an app of the type `Mobile or desktop app` or `Web app`; a custom "
        "connection is added with `xeroport instance add`",
    )
    causes = {
        "invalid_client": NotAuthenticated(
            f"Xero does not accept the client id of the login `{name}`, or its secret",
            hint=f"compare both with the app's Configuration page at {APPS}; an app of the type "
            "`Mobile or desktop` has no secret, a web app needs it: `--client-secret-file`",
        ),
        "unauthorized_client": wrong_type,
        "unsupported_grant_type": wrong_type,
        "invalid_grant": NotAuthenticated(
            "Xero does not accept the code of this sign-in: it works once, within five minutes",
            hint=f"sign in again: `xeroport login {name}`",
        ),
    }
    return token_refusal(
        where,
        answer,
        causes,
        check="the client id and the type of the app",
        addresses="the base URL and the identity URL",
    )


def for_login(error: XeroportError, login: str) -> XeroportError:
    """An error of a call as it is for a login: what is missing is asked for at the next sign-in,
    not in Xero's developer portal."""
    if isinstance(error, NotAuthorised) and error.missing_scope:
        error.hint = (
            f"`xeroport login {login} --scopes {error.missing_scope}` asks for it too; Xero adds "
            "it to those that were given"
        )
    elif isinstance(error, NotAuthorised):
        error.hint = (
            f"`xeroport login {login}`, and tick the organisation at Xero; "
            "the person who signs in must have access to it"
        )
    return error


def consent_refusal(error: str, description: str) -> XeroportError:
    """Why the browser came back without a code."""
    if error == "access_denied":
        return NotAuthorised(
            "consent was not given at Xero", hint="run `xeroport login` again, and allow it"
        )
    if error == "invalid_scope":
        return NotAuthorised(
            "Xero does not give this app the scopes that were asked for",
            hint="ask for fewer with `--scopes`; apps made since March 2026 know granular scopes "
            "only",
        )
    return InputError(
        f"Xero ended the sign-in: {description or error}",
        hint="check the app's redirect URIs and its type, then run `xeroport login` again",
    )
