"""The two apps that the emulator knows: a custom connection, and one that people sign in with."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import unquote_plus

REDIRECT_URIS = (
    "http://localhost:8755/callback",
    "http://localhost:8756/callback",
    "http://localhost:8757/callback",
)
"""Where the sign-in may return to unless told otherwise. Xero takes no wildcards, and
`http` for `localhost` only."""


@dataclass
class App:
    """An app by its credentials. `public` may be used without a secret, by PKCE."""

    client_id: str
    client_secret: str
    public: bool = False

    def rotate_secret(self) -> str:
        """A new secret; the former is refused from now on."""
        self.client_secret = secrets.token_urlsafe(36)
        return self.client_secret

    def is_named(self, client_id: str) -> bool:
        """Whether that is its client id."""
        return hmac.compare_digest(client_id.encode(), self.client_id.encode())

    def is_proved(self, secret: str) -> bool:
        """Whether that is its secret, as it is or as a form encodes it."""
        wanted = self.client_secret.encode()
        return any(
            hmac.compare_digest(each.encode(), wanted) for each in (secret, unquote_plus(secret))
        )
