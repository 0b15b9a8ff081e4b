"""The refusals of Xero, with the shapes and texts that clients meet.

Shapes as seen at Xero: 400s carry ErrorNumber, Type and Message, the gateway's 401s and 403s
carry Title, Status and Detail, unknown paths and records are plain text.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from xeroport_emulator.http.message import HTML, Reply, jsoned

FAILED = {
    "Title": "An error occurred",
    "Detail": "An error occurred in Xero. Check the API Status page",
}
NOT_FOUND = "The resource you're looking for cannot be found"


class RefusedCall(Exception):
    """A request is refused with this reply; raised anywhere below the application."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def bad_request(number: int, kind: str, message: str, **more: Any) -> RefusedCall:
    """400 with Xero's numbered error object."""
    body = {"ErrorNumber": number, "Type": kind, "Message": message, **more}
    return RefusedCall(jsoned(400, body))


def query_error(message: str) -> RefusedCall:
    """400: `where` or `order` cannot be understood."""
    return bad_request(16, "QueryParseException", message)


def post_data_error(message: str) -> RefusedCall:
    """400: the body cannot be read as what the operation wants."""
    return bad_request(14, "PostDataInvalidException", message)


def nothing_processed(message: str = "No data was processed") -> RefusedCall:
    """400: the request carries no element."""
    return bad_request(17, "NoDataProcessedException", message)


def high_volume(count: int) -> RefusedCall:
    """400: an unpaged call over more than 100,000 documents."""
    return bad_request(
        51,
        "HighVolumeException",
        f"The request would return {count} documents; use paging to read so many",
    )


def server_error() -> RefusedCall:
    """500: Xero itself has failed."""
    return RefusedCall(jsoned(500, FAILED))


def gateway(status: int, title: str, detail: str, **headers: str) -> RefusedCall:
    """401 and 403 of the gateway; `headers` by names with underscores for dashes."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": str(uuid4()),
        "Extensions": {},
    }
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return RefusedCall(jsoned(status, body).plus(*pairs))


def not_found() -> RefusedCall:
    """404, as a page: no such path, or no such record."""
    return RefusedCall(missing())


def missing() -> Reply:
    """The reply 404: text, though it calls itself HTML."""
    return Reply(404, NOT_FOUND.encode(), HTML)


def invalid(element: dict[str, Any], *messages: str) -> RefusedCall:
    """400: one element breaks rules, for writes that take no list."""
    failed = {**element, "ValidationErrors": [{"Message": message} for message in messages]}
    return bad_request(
        10, "ValidationException", "A validation exception occurred", Elements=[failed]
    )
