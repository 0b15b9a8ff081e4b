"""Alerts by e-mail, through the mail server that was set on the command line."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage

from xeroport.errors import InputError
from xeroport.store import alert_places
from xeroport.store.alert_places import MailServer
from xeroport.store.database import Store

SECONDS = 15.0
ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


def check_address(text: str) -> str:
    """An e-mail address; InputError for what is none."""
    address = text.strip()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise InputError(f"`{text}` is not an e-mail address", hint="such as `books@example.com`")
    return address


def send(store: Store, to: str, *, subject: str, text: str) -> str | None:
    """Send one message: None if the mail server took it, else why not."""
    server = alert_places.mail_server(store)
    if server is None:
        return "no mail server is set: `xeroport alert mail` sets it"
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, subject
    message.set_content(text)
    try:
        _hand_over(server, message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return f"the mail server did not take it: {str(error) or type(error).__name__}"[:300]
    return None


def _hand_over(server: MailServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    if server.security == "tls":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=SECONDS, context=context
        )
    else:
        opened = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    with opened as connection:
        if server.security == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password.reveal() if server.password else "")
        connection.send_message(message)
