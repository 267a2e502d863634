"""Find a Chromium for the browser tests, or install one: the distribution's package as root, else Playwright's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def installed() -> str | None:
    """Return the path of a browser that is on this machine, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> int:
    """Return 0 when there is a browser in the end."""
    if installed():
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the browser tests ...", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
        if installed():
            return 0
    return subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
