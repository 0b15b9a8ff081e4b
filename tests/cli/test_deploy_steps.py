"""The steps of docs/guide/deploy carried out line by line as they stand there, in a root folder
of their own: a line that does not work fails."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from deploy_root import DeployRoot, can_be_made

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "docs" / "guide" / "deploy"
PASSWORD = "a long password"
ASK = """
import sys, time, urllib.error, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen("http://127.0.0.1:8642/login", timeout=5)
        sys.exit(0)
    except urllib.error.HTTPError as error:
        sys.exit(str(error))
    except OSError:
        time.sleep(0.1)
sys.exit("nothing answers at 8642")
"""
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not can_be_made(), reason="needs root and file systems in layers"),
]


@pytest.fixture
def root(tmp_path: Path) -> DeployRoot:
    return DeployRoot(tmp_path, REPOSITORY)


def steps() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, with their words."""
    text = (FOLDER / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def done(root: DeployRoot, script: str, **options: object) -> str:
    ended = root.run(script, **options)  # type: ignore[arg-type]
    assert ended.returncode == 0, (script, ended.stdout[-2000:], ended.stderr[-4000:])
    return ended.stdout


def serves(command: str) -> str:
    """A script that starts a server, waits for its page, stops it, and wants a good end."""
    return f"""
{command} &
server=$!
python3 -c {shlex.quote(ASK)} || {{ kill $server; exit 7; }}
kill -TERM $server
wait $server || test $? -eq 130
"""


def test_the_steps_of_the_container_file_make_an_image_that_serves(root: DeployRoot) -> None:
    environment: dict[str, str] = {}
    user, command = "root", []
    done(root, "ln -s /usr/bin/python3 /usr/local/bin/python")
    for word, rest in steps():
        match word:
            case "FROM":
                assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim", rest)
            case "COPY":
                source, target = rest.split()
                assert source == "."
                done(root, f"mkdir {target} && cd /checkout && tar -c $(ls) | tar -x -C {target}")
            case "RUN":
                done(root, rest, environment=environment)
            case "ENV":
                for pair in shlex.split(rest):
                    name, _, value = pair.partition("=")
                    environment[name] = value.replace("$PATH", "/usr/local/bin:/usr/bin:/bin")
            case "USER":
                user = rest
            case "VOLUME":
                done(root, f"test -w {rest}", user=user)
            case "EXPOSE":
                assert rest == "8642"
            case "CMD":
                command = json.loads(rest)
            case _:
                raise AssertionError(f"an instruction that nobody tries: {word}")
    assert user == "xeroport"
    assert command
    secret = command[command.index("--password-file") + 1]
    inside = (
        f"mkdir -p {Path(secret).parent} && printf '%s' '{PASSWORD}' > {secret} && "
        f"chown 990 {secret} && chmod 0400 {secret} && "
        f"exec setpriv --reuid={user} --regid={user} --clear-groups /bin/sh -c "
        + shlex.quote(serves(shlex.join(command)))
    )
    done(root, inside, environment=environment, alone=True)
    added = "xeroport instance list && ls /data/xeroport.sqlite"
    assert "/data/xeroport.sqlite" in done(root, added, environment=environment, user=user)


def test_the_steps_for_systemd_make_a_service_that_serves(root: DeployRoot) -> None:
    """The lines of the guide up to `systemctl`, which needs a system that runs it; then the
    unit's own command line, as its user, with what the unit gives it and nothing else."""
    guide = (FOLDER.parent / "deploy.md").read_text()
    block = guide.split("## With systemd", 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    lines = [line.partition("   #")[0].strip() for line in block.splitlines()]
    lines = [line for line in lines if not line.startswith(("systemctl", "journalctl"))]
    assert len(lines) == 6
    done(root, "\n".join(["cd /checkout", "set -e", *lines]), stdin=PASSWORD)
    unit = (FOLDER / "xeroport.service").read_text()
    said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    name, _, value = said["Environment"].partition("=")
    state = f"/var/lib/{said['StateDirectory']}"
    assert value == state
    user = said["User"]
    source = said["LoadCredential"].partition(":")[2]
    inside = (
        f"install -d -m {said['StateDirectoryMode']} -o {user} -g {said['Group']} {state} && "
        f"install -d -m 0700 -o {user} /run/credentials && "
        f"install -m 0400 -o {user} {source} /run/credentials/password && umask {said['UMask']} && "
        f"exec setpriv --reuid={user} --regid={said['Group']} --clear-groups --no-new-privs "
        "/bin/sh -c " + shlex.quote(serves(said["ExecStart"]))
    )
    environment = {name: value, "CREDENTIALS_DIRECTORY": "/run/credentials"}
    done(root, inside, environment=environment, alone=True)
    command = re.search(r"sudo -u xeroport (XEROPORT_HOME=\S+) (.+)", guide)
    assert command is not None
    home = dict([command[1].split("=")])
    done(root, command[2], environment=home, user=user)
