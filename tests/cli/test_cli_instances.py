"""`xeroport instance`: what works is saved, what does not changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_shell import Shell, Xero


def test_the_life_of_an_instance(shell: Shell, own_xero: Xero) -> None:
    added = shell.add(own_xero, "acme", "--time-zone", "Pacific/Auckland", "--json")
    assert added.exit_code == 0
    shown = shell.data("instance", "show", "acme")
    assert shown["name"] == "acme"
    assert shown["time_zone"] == "Pacific/Auckland"
    assert shown["rate_limit"] == 6000
    assert shown["concurrency"] == 5
    assert shown["health"] == "operational"
    assert shown["checked"] is True
    assert shown["base_url"] == shown["identity_url"] == own_xero.base_url
    names = [each["name"] for each in shell.data("instance", "list")]
    assert names == ["acme"]

    shell.ok("instance", "edit", "acme", "--date-format", "DD/MM/YYYY", "--rate-limit", "30")
    shown = shell.data("instance", "show", "acme")
    assert (shown["date_format"], shown["rate_limit"]) == ("DD/MM/YYYY", 30)
    assert shown["time_zone"] == "Pacific/Auckland"

    assert shell.data("instance", "check", "acme")["problem"] is None

    refused = shell.run("instance", "remove", "acme", "--confirm", "acne")
    assert refused.exit_code == 2
    assert shell.data("instance", "list") != []
    shell.ok("instance", "remove", "acme", "--confirm", "acme")
    assert shell.data("instance", "list") == []


@pytest.mark.parametrize("tail", ["", "/", "/api.xro/2.0", "/api.xro/2.0/"])
def test_the_base_url_with_and_without_the_api_path(shell: Shell, xero: Xero, tail: str) -> None:
    assert shell.add(Xero(xero.emulator, xero.base_url + tail)).exit_code == 0
    assert shell.data("instance", "show", "acme")["base_url"] == xero.base_url


def test_a_wrong_secret_is_not_saved(shell: Shell, xero: Xero) -> None:
    words = ("instance", "add", "acme", "--base-url", xero.base_url)
    more = ("--client-id", xero.emulator.client_id, "--client-secret-file", "-")
    result = shell.run(*words, *more, stdin="wrong-secret-entirely")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: ")
    assert "hint: " in result.stderr
    assert "wrong-secret-entirely" not in result.output
    assert shell.data("instance", "list") == []


def test_unchecked_is_saved_and_says_so(shell: Shell) -> None:
    words = ("--base-url", "https://xero.invalid", "--client-id", "X", "--client-secret-file", "-")
    shell.ok("instance", "add", "acme", *words, "--no-check", stdin="some-secret")
    shown = shell.data("instance", "show", "acme")
    assert shown["checked"] is False
    assert shown["identity_url"] == "https://xero.invalid"
    assert "not checked" in shell.ok("instance", "list").stdout


def test_xero_is_the_default(shell: Shell) -> None:
    words = ("--client-id", "X", "--client-secret-file", "-", "--no-check")
    shell.ok("instance", "add", "acme", *words, stdin="some-secret")
    shown = shell.data("instance", "show", "acme")
    assert shown["base_url"] == "https://api.xero.com"
    assert shown["identity_url"] == "https://identity.xero.com"
    assert (shown["time_zone"], shown["date_format"]) == ("UTC", "YYYY-MM-DD")
    assert (shown["rate_limit"], shown["concurrency"]) == (60, 5)


def test_an_edit_that_does_not_work_changes_nothing(acme: Shell) -> None:
    before = acme.data("instance", "show", "acme")
    result = acme.run("instance", "edit", "acme", "--client-id", "WRONG")
    assert result.exit_code == 3
    assert acme.data("instance", "show", "acme") == before


def test_rotating_the_secret(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    failed = shell.run("instance", "rotate", "acme", "--client-secret-file", "-", stdin="not-it")
    assert failed.exit_code == 3
    assert shell.data("instance", "check", "acme")["problem"] is None
    new = own_xero.emulator.identity.rotate_secret()
    broken = shell.run("instance", "check", "acme", "--json")
    assert broken.exit_code == 3
    assert shell.data("instance", "show", "acme")["health"] == "failed_authentication"
    shell.ok("instance", "rotate", "acme", "--client-secret-file", "-", stdin=new)
    assert shell.data("instance", "show", "acme")["health"] == "operational"


def test_the_secret_from_a_file(shell: Shell, xero: Xero, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(xero.emulator.client_secret + "\n")
    words = ("--base-url", xero.base_url, "--client-id", xero.emulator.client_id)
    shell.ok("instance", "add", "acme", *words, "--client-secret-file", str(file))


def test_there_is_no_option_that_takes_the_secret_itself(shell: Shell) -> None:
    result = shell.run("instance", "add", "acme", "--client-secret", "x")
    assert result.exit_code == 2
    assert shell.data("instance", "list") == []


GOOD = ("--client-id", "X", "--client-secret-file", "-")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Acme",), "cannot be an instance's name"),
        (("acme", "--base-url", "http://api.xero.com", *GOOD), "plain HTTP"),
        (("acme", "--base-url", "http://10.0.0.1:80", *GOOD), "plain HTTP"),
        (("acme", "--base-url", "ftp://api.xero.com", *GOOD), "not a base URL"),
        (("acme", "--base-url", "api.xero.com", *GOOD), "did you mean `https://api.xero.com`"),
        (("acme", "--base-url", "https://a:b@c", *GOOD), "not a base URL"),
        (("acme", "--base-url", "https://a/?x=1", *GOOD), "not a base URL"),
        (("acme", "--base-url", "https://a:99999", *GOOD), "not a base URL"),
        (("acme", "--identity-url", "http://id.example", *GOOD), "plain HTTP"),
        (("acme", "--time-zone", "Europe/Lodon", *GOOD), "did you mean `Europe/London`"),
        (("acme", "--date-format", "DD/DD/YYYY", *GOOD), "not a date format"),
        (("acme", "--rate-limit", "fast", *GOOD), "not a rate limit"),
        (("acme", "--rate-limit", "0", *GOOD), "not a rate limit"),
        (("acme", "--concurrency", "0", *GOOD), "calls at once"),
        (("acme", "--client-secret-file", "-"), "`--client-id` is missing"),
        (("acme", "--client-id", "X"), "`--client-secret-file` is missing"),
        (
            ("acme", "--client-id", " ", "--client-secret-file", "-"),
            "`--client-id` has an empty value",
        ),
        (("acme", "--client-id", "X", "--client-secret-file", "nowhere"), "no file `nowhere`"),
    ],
)
def test_bad_settings(shell: Shell, words: tuple[str, ...], told: str) -> None:
    result = shell.run("instance", "add", *words, stdin="some-secret")
    assert result.exit_code == 2, result.stderr
    assert told in result.stderr
    assert "hint: " in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert shell.data("instance", "list") == []


def test_an_empty_secret(shell: Shell) -> None:
    words = ("instance", "add", "acme", "--client-id", "X", "--client-secret-file", "-")
    for text in ("", "\n", "two words"):
        result = shell.run(*words, "--no-check", stdin=text)
        assert result.exit_code == 2
    assert shell.data("instance", "list") == []


def test_adding_a_name_twice(acme: Shell, xero: Xero) -> None:
    result = acme.add(xero)
    assert result.exit_code == 2
    assert "already an instance `acme`" in result.stderr


def test_editing_nothing(acme: Shell) -> None:
    assert acme.run("instance", "edit", "acme").exit_code == 2


def test_removing_without_confirmation_and_terminal(acme: Shell) -> None:
    result = acme.run("instance", "remove", "acme")
    assert result.exit_code == 2
    assert "--confirm" in result.stderr
    assert acme.data("instance", "list") != []


@pytest.mark.parametrize("verb", ["show", "check", "edit", "rotate", "remove"])
def test_an_unknown_instance_names_the_nearest(acme: Shell, verb: str) -> None:
    more = ("--time-zone", "UTC") if verb == "edit" else ()
    result = acme.run("instance", verb, "amce", *more)
    assert result.exit_code == 2
    assert "there is no instance `amce`" in result.stderr
    assert "did you mean `acme`?" in result.stderr


def test_an_address_where_nothing_listens(shell: Shell) -> None:
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        result = shell.run("instance", "add", "acme", "--base-url", url, *GOOD, stdin="a-secret")
    assert result.exit_code == 5
    assert "cannot be reached" in result.stderr
    assert "hint: " in result.stderr
    assert shell.data("instance", "list") == []
