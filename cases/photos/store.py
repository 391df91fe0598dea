"""The pictures of a conversation: re-encoded, checked, kept under `root` (`var/photos`), read by the owner only.

A picture lies at `<2 hex>/<id>.jpg` under a random name of ours, mode 0600, and beside it `<id>.json` with what was
measured. Nothing that the sender chose (name, type, metadata, bytes after the picture) reaches the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from cases import audit, conversations
from cases.claims import actor
from cases.errors import NotFound
from cases.models import Photo
from cases.photos import checks
from cases.photos.pool import Picture, pool

COMPARED = 100  # the latest pictures of a conversation that a new one is compared with
PHOTO_ID = re.compile(r"[0-9a-f]{32}")


def store_photo(session: Session, root: Path, conversation_id: str, data: bytes, now: datetime) -> Photo:
    """Check, re-encode and keep a picture. Raises TooLarge, UnsupportedMedia, TooMany, NotFound.

    Decoding takes up to seconds: call it first in its transaction, before SQLite's write lock is taken, or call
    `examine` outside and `keep` inside.
    """
    return keep(session, root, conversation_id, examine(data), now)


def examine(data: bytes) -> Picture:
    """The picture in these bytes, decoded in another process. Raises TooLarge, UnsupportedMedia, TooMany."""
    return pool().decode(checks.format_of(data), data)


def keep(session: Session, root: Path, conversation_id: str, picture: Picture, now: datetime) -> Photo:
    """Keep an examined picture with its checks. Raises NotFound for an unknown conversation."""
    conversation = conversations.lock(session, conversation_id)
    sha256 = hashlib.sha256(picture.jpeg).hexdigest()
    results = checks.judge(picture, _seen_before(session, root, conversation_id, sha256, picture.dhash))
    photo = Photo(
        id=secrets.token_hex(16),
        conversation_id=conversation_id,
        sha256=sha256,
        width=picture.width,
        height=picture.height,
        size=len(picture.jpeg),
        checks=results,
        usable=all(r["ok"] for r in results),
        at=now,
    )
    session.add(photo)
    audit.record(session, now, actor=actor(conversation), action="photo.store", subject=photo.id)
    session.flush()
    _write(session, root, photo.id, picture)
    return photo


def read_photo(session: Session, root: Path, conversation_id: str, photo_id: str) -> bytes:
    """The kept JPEG. Raises NotFound for an unknown picture and for another conversation's alike."""
    photo = session.get(Photo, photo_id) if PHOTO_ID.fullmatch(photo_id) else None
    if photo is None or photo.conversation_id != conversation_id:
        raise NotFound("photo")
    try:
        return _path(root, photo.id).read_bytes()
    except FileNotFoundError:
        raise NotFound("photo") from None


def _seen_before(session: Session, root: Path, conversation_id: str, sha256: str, dhash: str) -> bool:
    """Whether the conversation has this very picture, or a usable one that looks the same.

    A sharp picture of what was blurred before looks the same too, and is what we asked for.
    """
    query = select(Photo.id, Photo.sha256, Photo.usable).where(Photo.conversation_id == conversation_id)
    rows = session.execute(query.order_by(Photo.at.desc()).limit(COMPARED)).all()
    if any(row.sha256 == sha256 for row in rows):
        return True
    earlier = [_dhash(root, row.id) for row in rows if row.usable]
    return any(other and checks.distance(dhash, other) <= checks.DUPLICATE_DISTANCE for other in earlier)


def _path(root: Path, photo_id: str) -> Path:
    return root / photo_id[:2] / f"{photo_id}.jpg"


def _dhash(root: Path, photo_id: str) -> str | None:
    try:
        return str(json.loads(_path(root, photo_id).with_suffix(".json").read_bytes())["dhash"])
    except FileNotFoundError:
        return None


def _write(session: Session, root: Path, photo_id: str, picture: Picture) -> None:
    path = _path(root, photo_id)
    measured = {name: value for name, value in asdict(picture).items() if name != "jpeg"}
    files = {path: picture.jpeg, path.with_suffix(".json"): json.dumps(measured).encode("ascii")}
    _forget_on_rollback(session, list(files))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(content)


def _forget_on_rollback(session: Session, files: list[Path]) -> None:
    """Take the files away again when the row is."""
    pending = list(files)

    def forget(_session: Session) -> None:
        for path in pending:
            path.unlink(missing_ok=True)

    event.listen(session, "after_commit", lambda _session: pending.clear(), once=True)
    event.listen(session, "after_rollback", forget, once=True)
