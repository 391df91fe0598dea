"""Train the model when none fits what it is made from.

A model is called claims-CODE-DATA.tar.gz after two hashes: of the program and the lexicons that run in the pipeline,
and of the training data. One that fits is used again, also after going back to an earlier state; Rasa's own cache is
trusted only while the program is the same, since it cannot see a change there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cases.errors import SettingsError
from cases.settings import ROOT, Settings
from deploy.environment import process_environment
from faq.phrasings import digest, load_phrasings

DATA = ("domain.yml", "bot/data/**/*.yml")
CODE = (
    "config.yml",
    "requirements.lock",
    "bot/importer.py",
    "bot/nlu/**/*",
    "faq/lexicon/**/*",
    "faq/matching/**/*",
    "faq/normalise.py",
    "faq/phrasings.py",
)
KEPT = 3


def fitting_model(settings: Settings, root: Path = ROOT) -> Path:
    """Where the model for the present files is, or would be; a change of an answer's wording trains nothing."""
    data = digest({"files": (fingerprint(DATA, root),), **load_phrasings(root / "faq")})[:10]
    return settings.model_dir / f"claims-{fingerprint(CODE, root)}-{data}.tar.gz"


def fingerprint(patterns: Iterable[str], root: Path = ROOT) -> str:
    """A short hash over the names and contents of the files."""
    total = hashlib.sha256()
    for path in sorted(
        {path for pattern in patterns for path in root.glob(pattern) if path.is_file() and is_source(path)}
    ):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:10]


def is_source(path: Path) -> bool:
    """Whether somebody wrote that file."""
    return "__pycache__" not in path.parts and path.suffix != ".pyc"


def make_newest(model: Path) -> None:
    """Rasa and the command line take the newest model of the folder: let it be this one."""
    os.utime(model)


def train(settings: Settings) -> Path:
    """Train for the present files; the model appears under its name only when it is whole. Raises SettingsError."""
    model = fitting_model(settings)
    settings.model_dir.mkdir(parents=True, exist_ok=True)
    for left in settings.model_dir.glob(".training-*"):  # a training that was killed
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".training-", dir=settings.model_dir))
    try:
        run_rasa(
            settings,
            ["train", "--data", "bot/data", "--out", str(work), "--fixed-model-name", "model", *cache_words(model)],
        )
        os.replace(work / "model.tar.gz", model)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    remove_old(settings.model_dir)
    return model


def cache_words(model: Path) -> list[str]:
    """Rasa's cache is good only for parts that this very program trained."""
    program = model.name.rsplit("-", 1)[0]
    return [] if list(model.parent.glob(f"{program}-*.tar.gz")) else ["--force"]


def run_rasa(settings: Settings, words: list[str]) -> None:
    """Run Rasa's command line; what it says is shown when it fails."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "rasa", *words],
        cwd=ROOT,
        env=process_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise SettingsError(f"rasa {words[0]} failed; what it said is above")


def remove_old(folder: Path) -> None:
    """Keep the last few models."""
    models = sorted(folder.glob("claims-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[KEPT:]:
        path.unlink()
