"""The command `rarefy`, from this package."""

import json
import os
import subprocess
import sys
from typing import Any

from rarefy import _native


def main() -> None:
    """Run the command with the arguments of this process."""
    code = _native.command(["rarefy", *sys.argv[1:]])
    sys.stdout.flush()
    # Threads of a study that was abandoned do not end by themselves.
    os._exit(code)


def run(*arguments: str, quiet: bool) -> Any:
    """Run a command in a process of its own and return what it prints under --json.

    Its progress is seen, unless `quiet`; Ctrl-C reaches it, too.
    """
    command = [sys.executable, "-m", "rarefy", *arguments, "--json", *(["--quiet"] * quiet)]
    said = subprocess.PIPE if quiet else None
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=said, encoding="utf-8")
    if done.returncode != 0:
        reason = done.stderr.strip() if quiet else "its message is above"
        raise RuntimeError(f"`rarefy {' '.join(arguments)}` failed: {reason}")
    return json.loads(done.stdout)
