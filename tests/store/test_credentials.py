"""Secrets never show themselves, and only the right key opens what was sealed."""

from __future__ import annotations

import base64
import copy
import pickle
import stat
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from xeroport.errors import StoreError
from xeroport.secrets import vault as credentials
from xeroport.secrets.vault import Secret, Vault, parse_key

PLANTED = "planted-Sesame-4711"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.delenv("XEROPORT_KEY", raising=False)


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(PLANTED)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>30}", f"{secret!r}", str([secret])]
    assert not any(PLANTED in text for text in shown)
    assert secret.reveal() == PLANTED
    assert secret == Secret(PLANTED)
    assert secret != Secret("other")
    assert not Secret("")


def test_a_secret_cannot_be_pickled_or_copied_away() -> None:
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            act(Secret(PLANTED))


def test_a_secret_is_not_in_the_traceback_of_an_error_about_it() -> None:
    try:
        raise ValueError(f"bad secret {Secret(PLANTED)} {Secret(PLANTED)!r}")
    except ValueError:
        assert PLANTED not in traceback.format_exc()


@pytest.mark.parametrize("text", [PLANTED, "", "ünïcode ✓", "x" * 100_000])
def test_sealing_and_unsealing(tmp_path: Path, text: str) -> None:
    vault = Vault.open(tmp_path)
    sealed = vault.seal(text, bound_to="a")
    assert vault.unseal(sealed, bound_to="a").reveal() == text
    assert vault.seal(text, bound_to="a") != sealed
    assert Vault.open(tmp_path).unseal(sealed, bound_to="a").reveal() == text
    if text:
        assert text.encode() not in sealed


def test_a_changed_byte_anywhere_is_noticed(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path)
    sealed = vault.seal(PLANTED, bound_to="a")
    assert vault.unseal(sealed, bound_to="a").reveal() == PLANTED
    for position in range(len(sealed)):
        broken = bytearray(sealed)
        broken[position] ^= 1
        with pytest.raises(StoreError):
            vault.unseal(bytes(broken), bound_to="a")
    with pytest.raises(StoreError):
        vault.unseal(b"", bound_to="a")


def test_what_was_opened_opens_as_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xeroport.secrets.vault.MOST_OPENED", 3)
    vault = Vault.open(tmp_path)
    sealed = [vault.seal(f"{PLANTED} {number}", bound_to=f"row {number}") for number in range(8)]
    for _ in range(2):
        for number, each in enumerate(sealed):
            opened = vault.unseal(each, bound_to=f"row {number}")
            assert opened.reveal() == f"{PLANTED} {number}"
            with pytest.raises(StoreError):
                vault.unseal(each, bound_to=f"row {number + 1}")


def test_another_key_is_told_in_one_line(tmp_path: Path) -> None:
    sealed = Vault(b"a" * 32, "file").seal(PLANTED, bound_to="a")
    with pytest.raises(StoreError) as caught:
        Vault(b"b" * 32, "file").unseal(sealed, bound_to="a")
    assert "does not open" in caught.value.message
    assert "XEROPORT_KEY" in (caught.value.hint or "")
    assert "\n" not in caught.value.message


def test_the_key_file_is_private_and_kept(tmp_path: Path) -> None:
    Vault.open(tmp_path)
    path = tmp_path / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    Vault.open(tmp_path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_many_threads_agree_on_one_new_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        vaults = list(pool.map(lambda _: Vault.open(tmp_path), range(64)))
    sealed = vaults[0].seal(PLANTED, bound_to="a")
    assert all(vault.unseal(sealed, bound_to="a").reveal() == PLANTED for vault in vaults)


def test_a_damaged_key_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("nonsense")
    with pytest.raises(StoreError, match="damaged"):
        Vault.open(tmp_path)


def test_no_new_key_where_one_must_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be found"):
        Vault.open(tmp_path, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda key: key.hex(),
        lambda key: base64.b64encode(key).decode(),
        lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="),
    ],
)
def test_the_key_of_the_environment_in_each_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object
) -> None:
    key = bytes(range(224, 256))
    assert callable(write)
    monkeypatch.setenv("XEROPORT_KEY", write(key))
    vault = Vault.open(tmp_path)
    assert vault.source == "XEROPORT_KEY"
    assert (
        Vault(key, "file").unseal(vault.seal(PLANTED, bound_to="a"), bound_to="a").reveal()
        == PLANTED
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["short", "ab" * 31, "?" * 44, base64.b64encode(b"x" * 31).decode()]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="32 bytes"):
        parse_key(text)


class Ring(KeyringBackend):
    """A keyring that keeps passwords in memory, or never answers."""

    priority = -1
    """Less than none at all, so that nothing but these tests ever chooses it."""

    def __init__(self, *, answers: bool = True) -> None:
        super().__init__()
        self.answers = answers
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if not self.answers:
            time.sleep(60)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    before = keyring.get_keyring()
    monkeypatch.delenv("XEROPORT_KEYRING")
    made = Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_real_keyring_keeps_the_key(tmp_path: Path, ring: Ring) -> None:
    vault = Vault.open(tmp_path)
    assert vault.source == "keyring"
    assert not (tmp_path / "key").exists()
    assert len(ring.kept) == 1
    assert (
        Vault.open(tmp_path, create=False)
        .unseal(vault.seal(PLANTED, bound_to="a"), bound_to="a")
        .reveal()
        == PLANTED
    )


def test_a_keyring_that_never_answers_holds_nothing_up(
    tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.2)
    ring.answers = False
    began = time.monotonic()
    assert Vault.open(tmp_path).source == "file"
    assert time.monotonic() - began < 5
    assert Vault.open(tmp_path).source == "file"


def test_two_processes_agree_on_the_first_key_of_a_keyring(
    tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ring.set_password

    def slowly(*words: str) -> None:
        time.sleep(0.05)
        real(*words)

    monkeypatch.setattr(ring, "set_password", slowly)
    with ThreadPoolExecutor(6) as pool:
        vaults = list(pool.map(lambda _: Vault.open(tmp_path), range(6)))
    sealed = vaults[0].seal(PLANTED, bound_to="a")
    assert [vault.source for vault in vaults] == ["keyring"] * 6
    assert all(vault.unseal(sealed, bound_to="a").reveal() == PLANTED for vault in vaults)
