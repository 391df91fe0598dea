"""Pictures that the tests draw, and a house to keep them in."""

from __future__ import annotations

import io
import random
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageDraw

from cases import conversations
from cases.db import Database
from cases.models import Base, Photo
from cases.photos import read_photo, store_photo

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)


class House:
    """A database with two conversations and a folder for pictures."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'test.db'}")
        self.root = folder / "photos"
        Base.metadata.create_all(self.database.engine)
        self.mine, self.theirs = self._conversation(), self._conversation()

    def _conversation(self) -> str:
        with self.database.write() as session:
            return conversations.open_conversation(session, NOW).conversation_id

    def store(self, data: bytes, conversation: str | None = None) -> Photo:
        with self.database.write() as session:
            return store_photo(session, self.root, conversation or self.mine, data, NOW)

    def read(self, photo_id: str, conversation: str | None = None) -> bytes:
        with self.database.read() as session:
            return read_photo(session, self.root, conversation or self.mine, photo_id)

    def files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file()]


def drawn(seed: int = 1, size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """A picture with edges everywhere, another one for each seed."""
    dice = random.Random(seed)
    picture = Image.new("RGB", size, (120, 130, 140))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(10, 90)
        shape = draw.rectangle if dice.random() < 0.5 else draw.ellipse
        shape((x - r, y - r, x + r, y + r), fill=tuple(dice.randrange(256) for _ in range(3)))
    return picture


def encoded(picture: Image.Image, name: str = "JPEG", **options: Any) -> bytes:
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])
