"""A root folder of its own for the steps of docs/guide/deploy: this machine's files beneath, and
above them a layer that takes all that is written. The steps run there as they are written."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def can_be_made() -> bool:
    """Whether this machine lets us: as root, with a layered file system and a Python for all."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


@dataclass(frozen=True)
class DeployRoot:
    """`folder` holds the layers. What is done in it is seen nowhere else."""

    folder: Path
    checkout: Path

    def run(
        self,
        script: str,
        *,
        environment: dict[str, str] | None = None,
        user: str = "root",
        stdin: str = "",
        alone: bool = False,
        seconds: float = 900,
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell script inside, with a clean environment; `alone` without the network, so
        that its ports are its own."""
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(exist_ok=True)
        layers = f"lowerdir=/,upperdir={self.folder}/upper,workdir={self.folder}/work"
        as_user = (
            ""
            if user == "root"
            else f"/usr/bin/setpriv --reuid={user} --regid={user} --clear-groups "
        )
        lines = [
            "set -eu",
            f"mount -t overlay overlay -o {layers} {self.folder}/root",
            f"mkdir -p {self.folder}/root/checkout",
            f"mount --bind {self.checkout} {self.folder}/root/checkout",
            f"mount -t tmpfs tmpfs {self.folder}/root/tmp",
            f"mount -t tmpfs tmpfs {self.folder}/root/run",
            f"mount --rbind /dev {self.folder}/root/dev",
            f"mount -t proc proc {self.folder}/root/proc",
            f'exec /usr/sbin/chroot {self.folder}/root {as_user}/bin/sh -c "$SCRIPT"',
        ]
        if alone:
            lines.insert(1, "/usr/sbin/ip link set lo up")
        command = ["unshare", *(["--net"] if alone else []), "--mount", "--propagation", "private"]
        return subprocess.run(
            [*command, "/bin/sh", "-c", "\n".join(lines)],
            env={"PATH": PATH, "HOME": "/", **(environment or {}), "SCRIPT": script},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
