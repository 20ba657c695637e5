"""Make a Chromium available to the browser tests: one that is there, else Debian's (as root), else playwright's own.

The headless shell comes first: the same engine without a browser around it opens a page in two thirds of the time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A font with Chinese letters, without which the screenshots of the 中文 page show boxes.
PACKAGES = ("chromium-headless-shell", "fonts-noto-cjk")


def find_browser() -> str | None:
    """The path of an installed Chromium or Chrome; None = none, then playwright's own is used."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install_browser() -> None:
    if find_browser():
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], check=True, env=environment
        )
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    install_browser()
