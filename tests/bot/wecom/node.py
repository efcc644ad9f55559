"""Clients from npm that we did not write, in a temporary folder and at fixed versions."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("@wecom/crypto@1.0.1", "wechat-crypto@0.0.2")
_INSTALL_SECONDS, _RUN_SECONDS = 120, 30


@functools.cache
def _installed() -> Path | str:
    """The folder with the packages, or why there is none."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "no Node.js here"
    folder = Path(tempfile.gettempdir()) / f"qingtuan-npm-{os.getuid()}-{os.getpid()}"
    folder.mkdir(mode=0o700)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    install = (npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES)
    try:
        done = subprocess.run(
            install, cwd=folder, capture_output=True, timeout=_INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "the registry of npm does not answer"
    return folder if done.returncode == 0 else "the registry of npm cannot be reached"


def run(script: str, given: Any) -> Any:
    """What `script` makes of `given` (JSON). Without Node: skipped loudly, in CI failed."""
    found = _installed()
    if isinstance(found, str):
        reason = f"{found}: WeCom's crypto is NOT proved against clients of others"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    whole = (
        "const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        f"const made = (() => {{ {script} }})();"
        "process.stdout.write(JSON.stringify(made));"
    )
    done = subprocess.run(
        ("node", "--no-deprecation", "-e", whole),
        cwd=found,
        input=json.dumps(given).encode(),
        capture_output=True,
        timeout=_RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
