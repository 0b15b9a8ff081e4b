"""A plain client of an emulator, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from xeroport_emulator import Emulator

ROOT = "/api.xro/2.0"


class Caller:
    """Calls the emulator's application and waits for the reply; holds a token once it has one."""

    def __init__(self, emulator: Emulator, *, app: Any = None) -> None:
        self.emulator = emulator
        self.headers: dict[str, str] = {"Accept": "application/json"}
        self._runner = asyncio.Runner()
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app or emulator.app), base_url="http://emulator"
        )

    def token(self, **form: str) -> httpx2.Response:
        """Ask for a token with the right credentials."""
        credentials = (self.emulator.client_id, self.emulator.client_secret)
        return self.send(
            "POST",
            "/connect/token",
            data={"grant_type": "client_credentials", **form},
            auth=credentials,
        )

    def sign_in(self) -> Caller:
        self.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"
        return self

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        return self._runner.run(self._client.request(method, path, headers=headers, **options))

    def together(self, *calls: tuple[str, str]) -> list[httpx2.Response]:
        """Several calls at once."""

        async def all_of_them() -> list[httpx2.Response]:
            return list(
                await asyncio.gather(
                    *(
                        self._client.request(method, ROOT + path, headers=self.headers)
                        for method, path in calls
                    )
                )
            )

        return self._runner.run(all_of_them())

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.send("GET", ROOT + path, **options)

    def put(self, path: str, **options: Any) -> httpx2.Response:
        return self.send("PUT", ROOT + path, **options)

    def post(self, path: str, **options: Any) -> httpx2.Response:
        return self.send("POST", ROOT + path, **options)

    def delete(self, path: str, **options: Any) -> httpx2.Response:
        return self.send("DELETE", ROOT + path, **options)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()
