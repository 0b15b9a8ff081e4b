"""JSON Web Tokens signed with RS256, and the public key that anyone checks them with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import OrderedDict
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

_REMEMBERED = 200


def b64(data: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes of such a text; ValueError if it is none."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier."""
    return b64(hashlib.sha256(verifier.encode()).digest())


@cache
def _key() -> rsa.RSAPrivateKey:
    """One key for the life of the process: to make one takes a while."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


class Signer:
    """Signs claims and reads them back."""

    def __init__(self) -> None:
        self._read: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def sign(self, claims: dict[str, Any], *, kind: str = "at+jwt") -> str:
        """The claims as a signed token."""
        head = {"alg": "RS256", "kid": self.key_id, "typ": kind}
        parts = [b64(json.dumps(part).encode()) for part in (head, claims)]
        signed = ".".join(parts)
        signature = _key().sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{b64(signature)}"

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token of ours, `{}` of any other; whether it has expired is not asked."""
        claims = self._read.get(token)
        if claims is None:
            claims = _checked(token)
            self._read[token] = claims
            while len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return claims

    @property
    def key_id(self) -> str:
        """The name of the key, as tokens and the key set have it."""
        return hashlib.sha256(_modulus()).hexdigest()[:32].upper()

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        exponent = (65_537).to_bytes(3, "big")
        public = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id}
        return {"keys": [{**public, "n": b64(_modulus()), "e": b64(exponent)}]}


def _modulus() -> bytes:
    return _key().public_key().public_numbers().n.to_bytes(256, "big")


def _checked(token: str) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    try:
        _key().public_key().verify(unb64(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        claims = json.loads(unb64(signed.split(".")[1]))
    except (InvalidSignature, binascii.Error, ValueError, IndexError):
        return {}
    return claims if isinstance(claims, dict) else {}
