"""tap-xero on an emulator: `python tap_elsewhere.py BASE …` is `tap-xero …`. Its addresses are
fixed, so that they are replaced here; nothing else is."""

import sys

base = sys.argv.pop(1)
from tap_xero import client, main  # noqa: E402

client.BASE_URL = f"{base}/api.xro/2.0"
send = client.requests.Session.post


def post(session, url, **more):
    """A call to Xero's identity server, sent to the emulator's."""
    return send(session, url.replace("https://identity.xero.com", base), **more)


client.requests.Session.post = post
main()
