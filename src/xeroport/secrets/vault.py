"""Secrets: a text that never shows itself, and the vault that seals it (AES-256-GCM).

The vault's key is `XEROPORT_KEY` (32 bytes, base64 or hex), else the home folder's `key` file,
else the operating system's keyring. A new key goes into the keyring where there is a real one,
else into the file (mode 0600). `XEROPORT_KEYRING=off` turns the keyring off.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from xeroport import logs
from xeroport.errors import StoreError

KEY_VARIABLE = "XEROPORT_KEY"
KEYRING_VARIABLE = "XEROPORT_KEYRING"
KEY_FILE = "key"
KEY_LOCK = "key.lock"
KEY_BYTES = 32
NONCE_BYTES = 12
KEYRING_SECONDS = 3.0
MOST_OPENED = 1_000
"""Secrets that a vault holds opened."""
HIDDEN = "********"

T = TypeVar("T")


class Secret:
    """A text that `repr`, `str`, `format`, pickling and the log never show; `reveal()` gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        logs.hide(text)

    def reveal(self) -> str:
        """The text itself; hand it straight to what needs it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return secrets.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled; seal it instead")


class Vault:
    """Seals and unseals texts with one key; `source` says where the key came from."""

    def __init__(self, key: bytes, source: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._opened: dict[tuple[bytes, str], Secret] = {}
        self.source = source

    def __repr__(self) -> str:
        return f"Vault(source={self.source!r})"

    @classmethod
    def open(cls, home: Path, *, create: bool = True) -> Vault:
        """The vault of a home folder; `create` allows a new key where there is none yet."""
        text = os.environ.get(KEY_VARIABLE)
        if text:
            return cls(parse_key(text), KEY_VARIABLE)
        key = _read_file(home / KEY_FILE)
        if key is not None:
            return cls(key, "file")
        key = _within(KEYRING_SECONDS, lambda: _from_keyring(home, create=create))
        if key is not None:
            return cls(key, "keyring")
        if not create:
            raise StoreError(
                f"the key to the secrets in `{home}` cannot be found",
                hint=f"set `{KEY_VARIABLE}` to it, or unlock the keyring it was kept in",
            )
        return cls(_write_file(home / KEY_FILE), "file")

    def seal(self, text: str | Secret, *, bound_to: str) -> bytes:
        """Nonce and ciphertext; the same text seals differently each time.

        It opens only as what it is `bound_to`, such as a column and its row, so that nobody who
        can write the store can give one row the secret of another.
        """
        plain = text.reveal() if isinstance(text, Secret) else text
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), bound_to.encode())

    def unseal(self, sealed: bytes, *, bound_to: str) -> Secret:
        """The text; StoreError when it was sealed with another key or as something else, or was
        changed. What was opened before is at hand: a secret is used in every call."""
        secret = self._opened.get((sealed, bound_to))
        if secret is None:
            secret = Secret(self._open(sealed, bound_to.encode()))
            if len(self._opened) >= MOST_OPENED:
                self._opened.clear()
            self._opened[sealed, bound_to] = secret
        return secret

    def opens(self, sealed: bytes, *, bound_to: str | None) -> bool:
        """Whether this key opens a text; None: one that the first release sealed."""
        try:
            self._open(sealed, None if bound_to is None else bound_to.encode())
        except StoreError:
            return False
        return True

    def bind(self, sealed: bytes, *, bound_to: str) -> bytes:
        """A text that the first release sealed, which bound nothing, sealed as what it is."""
        return self.seal(self._open(sealed, None), bound_to=bound_to)

    def _open(self, sealed: bytes, bound_to: bytes | None) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to
            ).decode()
        except (InvalidTag, ValueError):
            raise wrong_key(self.source) from None


def wrong_key(source: str) -> StoreError:
    """The error for a key that does not open what was sealed."""
    place = {"file": f"the `{KEY_FILE}` file of the home folder", "keyring": "the OS keyring"}
    return StoreError(
        f"the key from {place.get(source, f'`{source}`')} does not open the secrets of this store",
        hint=f"set `{KEY_VARIABLE}` to the key they were encrypted with, or use another `--home`",
    )


def parse_key(text: str) -> bytes:
    """32 bytes from hex or base64 (either alphabet); StoreError otherwise."""
    text = text.strip()
    for decode in (bytes.fromhex, _base64):
        try:
            key = decode(text)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    raise StoreError(
        f"`{KEY_VARIABLE}` is not a key: it must be {KEY_BYTES} bytes in base64 or hex",
        hint="make one with `openssl rand -base64 32`",
    )


def _base64(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)


def _read_file(path: Path) -> bytes | None:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"the key file `{path}` cannot be read: {(error.strerror or str(error)).lower()}",
            hint="let this user read it, or put it back from a copy",
        ) from error
    except UnicodeDecodeError:
        text = ""
    try:
        return parse_key(text)
    except StoreError:
        raise StoreError(
            f"the key file `{path}` is damaged", hint="put it back from a copy"
        ) from None


def _write_file(path: Path) -> bytes:
    """A new key, or the one another process wrote at the same moment."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise StoreError(
            f"the key file `{path}` cannot be written: {error}",
            hint=f"choose another folder with `--home`, or set `{KEY_VARIABLE}`",
        ) from error
    key = _read_file(path)
    if key is None:
        raise StoreError(f"the key file `{path}` disappeared while it was being made")
    return key


def _from_keyring(home: Path, *, create: bool) -> bytes | None:
    """The key kept in the OS keyring; None where there is no usable keyring or no key in it."""
    if os.environ.get(KEYRING_VARIABLE, "").lower() in {"off", "0", "no", "false"}:
        return None
    import filelock
    import keyring
    from keyring.backends import fail, null

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring) or type(backend).__module__.startswith(
        "keyrings.alt"
    ):
        return None
    name = str(home.resolve())
    kept = backend.get_password("xeroport", name)
    if kept is None and create:
        with filelock.FileLock(home / KEY_LOCK, timeout=KEYRING_SECONDS, mode=0o600):
            kept = backend.get_password("xeroport", name)  # another process may have made it
            if kept is None:
                fresh = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
                backend.set_password("xeroport", name, fresh)
                kept = backend.get_password("xeroport", name)
    return parse_key(kept) if kept else None


def _within(seconds: float, work: Callable[[], T]) -> T | None:
    """What `work` gives, or None if it fails or takes longer: a locked keyring may never answer."""
    results: list[T] = []

    def attempt() -> None:
        try:
            results.append(work())
        except Exception:  # any failure of a keyring means that there is none to use
            return

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else None
