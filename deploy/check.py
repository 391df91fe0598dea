"""`python -m deploy.check [NAME…]`: what `make check` runs. All run; the exit status says whether all passed."""

from __future__ import annotations

import subprocess
import sys
import time

from cases.settings import ROOT, Settings
from deploy.environment import process_environment, read_settings, refusals

PYTHON = sys.executable
CHECKS: dict[str, list[str]] = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "types": [PYTHON, "-m", "mypy"],
    "imports": [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
    "data": [PYTHON, "-W", "ignore", "-m", "rasa", "data", "validate", "--data", "bot/data", "--fail-on-warnings"],
    "knowledge": [PYTHON, "-m", "faq", "lint"],
    "pages": [PYTHON, "-m", "deploy.setup", "npm", "run", "check", "--silent"],
}


def main(names: list[str]) -> int:
    """Run the named checks, or all."""
    with refusals():
        settings = read_settings()
        failed = [name for name in names or CHECKS if not passes(name, settings)]
    print(f"{len(names or CHECKS) - len(failed)} passed, {len(failed)} failed", flush=True)
    if failed:
        print(f"failed: {' '.join(failed)}", file=sys.stderr)
    return bool(failed)


def passes(name: str, settings: Settings) -> bool:
    """Run one check; what it prints is shown when it fails."""
    began = time.monotonic()
    done = subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        env=process_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    ok = done.returncode == 0
    if not ok:
        sys.stdout.write(done.stdout.decode(errors="replace"))
    print(f"{'ok    ' if ok else 'FAILED'} {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return ok


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
