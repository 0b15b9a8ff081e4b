"""What the identity server says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

OPEN_ID = ("openid", "profile", "email", "offline_access")
AUTHORISE = "/identity/connect/authorize"
DISCOVERY = "/.well-known/openid-configuration"


def discovered(origin: str, scopes: Iterable[str]) -> dict[str, Any]:
    """The discovery document of an identity server at `origin`."""
    return {
        "issuer": origin,
        "jwks_uri": f"{origin}{DISCOVERY}/jwks",
        "authorization_endpoint": f"{origin}{AUTHORISE}",
        "token_endpoint": f"{origin}/connect/token",
        "revocation_endpoint": f"{origin}/connect/revocation",
        "scopes_supported": list(scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "client_credentials",
            "refresh_token",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
        ],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "email", "given_name", "family_name", "name"],
    }
