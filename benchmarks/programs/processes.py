"""Calls from several processes of one home folder: `processes.py COUNT PROCESSES`."""

import asyncio
import multiprocessing
import os
import sys
from pathlib import Path

from xeroport.store.database import Store
from xeroport.xero.client import open_client


def worker(count):
    store = Store(Path(os.environ["XEROPORT_HOME"]))

    async def work():
        async with open_client(store, "acme") as client:
            await asyncio.gather(*(client.call("organisation.get") for _ in range(count)))

    asyncio.run(work())
    store.close()


if __name__ == "__main__":
    count, processes = (int(text) for text in sys.argv[1:])
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=worker, args=(count // processes,)) for _ in range(processes)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    assert not any(process.exitcode for process in workers)
