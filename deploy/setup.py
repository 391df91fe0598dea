"""From a fresh clone to a running service, with any Python 3.8 or newer and nothing else.

    python3 -m deploy.setup install      Python 3.10, uv, the locked packages
    python3 -m deploy.setup prepare      the same, then the web pages, the database, the demo data and the model
    python3 -m deploy.setup run          the same, then every process
    python3 -m deploy.setup npm WORDS    npm in web/, with the Node.js that was found

Each step keeps a stamp, a hash of what it was made from, and is skipped while that still fits.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, Optional

from deploy.setup_steps import ROOT, SetupError, call, digest, one_at_a_time, output, read, step, tool
from deploy.setup_web import build_web, npm

VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements.lock"
WANTED = (3, 10)
UV = "uv>=0.5"
NEEDED_MODULES = "bz2, ctypes, lzma, sqlite3, ssl"


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
