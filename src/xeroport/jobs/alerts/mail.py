"""Alerts by e-mail, through the mail server that was set on the command line."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from typing import cast

from xeroport.errors import InputError
from xeroport.jobs.alerts import public_addresses
from xeroport.jobs.alerts.public_addresses import is_public
from xeroport.settings import is_loopback
from xeroport.store import alert_places
from xeroport.store.alert_places import MailServer, Security
from xeroport.store.database import Store

SECONDS = 15.0
USUAL_PORTS = {"tls": 465, "starttls": 587, "none": 25}
MAIL_PORTS = frozenset({25, 465, 587, 2525})
ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


def check_address(text: str) -> str:
    """An e-mail address; InputError for anything else."""
    address = text.strip()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise InputError(f"`{text}` is not an e-mail address", hint="such as `books@example.com`")
    return address


def check_server(
    host: str, *, port: int | None, security: str, sender: str, user: str | None
) -> MailServer:
    """A mail server without its password; InputError for what cannot be one."""
    if security not in USUAL_PORTS:
        raise InputError(f"`{security}` is not a way to encrypt", hint="use `tls` or `starttls`")
    if security == "none" and not is_loopback(host):
        raise InputError(
            "mail without encryption is for a server on this machine only",
            hint="use `--security starttls` or `tls`",
        )
    usual = USUAL_PORTS[security]
    return MailServer(
        host, port or usual, cast(Security, security), check_address(sender), user or None
    )


def from_console(
    host: str, *, port: str, security: str, sender: str, user: str | None
) -> MailServer:
    """The same for what a console user typed: a server on the internet, at a port for mail."""
    if not is_public(f"https://{host}") or "/" in host or ":" in host:
        raise InputError(
            f"`{host[:200]}` cannot be set from the console",
            hint="name a mail server on the internet; any other is set on the command line, with "
            "`xeroport alert mail`",
        )
    if port and (not port.isdecimal() or int(port[:6]) not in MAIL_PORTS):
        raise InputError(f"`{port[:20]}` is not a port for mail", hint="use 465 or 587")
    if security == "none":
        raise InputError("mail must be encrypted", hint="choose TLS or STARTTLS")
    return check_server(
        host, port=int(port) if port else None, security=security, sender=sender, user=user
    )


def send(store: Store, to: str, *, subject: str, text: str) -> str | None:
    """Send one message: None if the mail server took it, else why not."""
    server = alert_places.mail_server(store)
    if server is None:
        return "no mail server is set: `xeroport alert mail` sets it"
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, subject
    message.set_content(text)
    try:
        _hand_over(server, message, public=alert_places.is_of_the_console(store, server.host))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"the mail server did not accept it: {str(error) or type(error).__name__}"[:300]
    return None


class _PublicSMTP(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return public_addresses.connect((host, port), timeout)


class _PublicTLS(smtplib.SMTP_SSL, _PublicSMTP):
    """TLS, over the connection that `_PublicSMTP` makes."""


def _hand_over(server: MailServer, message: EmailMessage, *, public: bool) -> None:
    context = ssl.create_default_context()
    place = (server.host, server.port)
    if server.security == "tls":
        with_tls = _PublicTLS if public else smtplib.SMTP_SSL
        opened: smtplib.SMTP = with_tls(*place, timeout=SECONDS, context=context)
    else:
        opened = (_PublicSMTP if public else smtplib.SMTP)(*place, timeout=SECONDS)
    with opened as connection:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password.reveal() if server.password else "")
        connection.send_message(message)
