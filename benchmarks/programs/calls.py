"""Calls one after the other, on a bare ASGI application in the same process: `calls.py COUNT`.

Prints the CPU seconds of all calls but the first, which fetches a token.
"""

import asyncio
import os
import sys
import time
from inspect import signature
from pathlib import Path

import httpx2

from xeroport.store.database import Store
from xeroport.xero.client import open_client

REPLY = b'{"Id":"x","Status":"OK","Organisations":[{"Name":"Bench","BaseCurrency":"NZD"}]}'
TOKEN = b'{"access_token":"token","expires_in":1800}'


async def bare(scope, receive, send):
    await receive()
    body = TOKEN if scope["path"] == "/connect/token" else REPLY
    headers = [(b"content-type", b"application/json"), (b"x-minlimit-remaining", b"59")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def main(count):
    store = Store(Path(os.environ["XEROPORT_HOME"]))
    transport = httpx2.ASGITransport(app=bare)
    taken = "transport" in signature(open_client).parameters  # in 0.1.0; now the store has it
    store.transport = transport
    async with open_client(store, "acme", **({"transport": transport} if taken else {})) as client:
        await client.call("organisation.get")
        began = time.process_time()
        for _ in range(count):
            assert (await client.call("organisation.get")).records
        print(time.process_time() - began)
    store.close()


asyncio.run(main(int(sys.argv[1])))
