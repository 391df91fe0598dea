"""Files that are no pictures, or too much of one (hostile.md 18), and what they may do to us: nothing."""

from __future__ import annotations

import os
import random
import signal
import struct
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from cases.errors import TooMany
from cases.photos import Refused, TooLarge, UnsupportedMedia, examine, refusal
from cases.photos import pool as pools
from cases.photos.pool import Pool
from tests.pictures import House, drawn, encoded


@pytest.fixture()
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture()
def fresh_pool() -> Iterator[Pool]:
    made = Pool(size=1)
    yield made
    made.close()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


# What is refused


TIFF = encoded(Image.new("RGB", (64, 64)), "TIFF")
REFUSED: dict[str, tuple[bytes, type[Refused], str]] = {
    "empty": (b"", UnsupportedMedia, "empty"),
    "30 MB": (b"\xff\xd8\xff" + bytes(30 << 20), TooLarge, "bytes"),
    "50 000 x 50 000 PNG": (png(50_000, 50_000, chunk(b"IDAT", zlib.compress(bytes(1000)))), TooLarge, "pixels"),
    "2^31 x 2^31 PNG": (png(2**31 - 1, 2**31 - 1), TooLarge, "pixels"),
    "GIF": (encoded(Image.new("P", (64, 64)), "GIF"), UnsupportedMedia, "format"),
    "GIF of many frames": (b"GIF89a" + b"\x01\x00\x01\x00\x00\x00\x00" + b"\x2c" * 100_000, UnsupportedMedia, "format"),
    "TIFF": (TIFF, UnsupportedMedia, "format"),
    "BMP": (encoded(Image.new("RGB", (64, 64)), "BMP"), UnsupportedMedia, "format"),
    "PSD": (b"8BPS\x00\x01" + bytes(500), UnsupportedMedia, "format"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(id) run", UnsupportedMedia, "format"),
    "FITS": (b"SIMPLE  =                    T" + bytes(5000), UnsupportedMedia, "format"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', UnsupportedMedia, "format"),
    "HTML": (b"<!doctype html><script>alert(1)</script>", UnsupportedMedia, "format"),
    "PHP": (b"<?php system($_GET['c']); ?>", UnsupportedMedia, "format"),
    "PDF": (b"%PDF-1.7\n1 0 obj", UnsupportedMedia, "format"),
    "MP4": (b"\x00\x00\x00\x18ftypisom" + bytes(500), UnsupportedMedia, "format"),
    "a JPEG's first bytes": (b"\xff\xd8\xff", UnsupportedMedia, "broken"),
    "PHP behind a JPEG's first bytes": (b"\xff\xd8\xff\xe0<?php system('id'); ?>", UnsupportedMedia, "broken"),
    "TIFF behind a JPEG's first bytes": (b"\xff\xd8\xff" + TIFF, UnsupportedMedia, "broken"),
    "truncated JPEG": (encoded(drawn())[:20_000], UnsupportedMedia, "broken"),
    "truncated PNG": (encoded(drawn(), "PNG")[:2000], UnsupportedMedia, "broken"),
    "truncated WebP": (encoded(drawn(), "WEBP")[:3000], UnsupportedMedia, "broken"),
    "truncated HEIC": (encoded(drawn(), "HEIF")[:3000], UnsupportedMedia, "broken"),
    "an empty HEIC": (b"\x00\x00\x00\x18ftypheic" + bytes(500), UnsupportedMedia, "broken"),
    "a PNG without pixels": (png(64, 64), UnsupportedMedia, "broken"),
    "a PNG of no width": (png(0, 64, chunk(b"IDAT", zlib.compress(b""))), UnsupportedMedia, "broken"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_with_a_sentence(house: House, name: str) -> None:
    """413 for too much, 415 for anything else; nothing is stored; the customer is told why in Chinese."""
    data, kind, reason = REFUSED[name]
    with pytest.raises(kind) as caught:
        house.store(data)
    assert caught.value.reason == reason and refusal(caught.value).endswith("。")
    assert not house.files()


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_bomb_in_a_text_chunk_does_not_go_off(place: str) -> None:
    """Two hundred megabytes of text, packed into 200 kB, before or after the pixels."""
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(200 << 20), 1))
    pixels = chunk(b"IDAT", zlib.compress(bytes(64 * (1 + 64 * 3))))
    start = time.monotonic()
    with pytest.raises(UnsupportedMedia):
        examine(png(64, 64, *((bomb, pixels) if place == "before" else (pixels, bomb))))
    assert time.monotonic() - start < 5


def test_more_pixels_than_the_header_says_are_not_unpacked() -> None:
    """Two hundred megabytes of pixel data for a picture of 64 by 64: only what fits is decoded."""
    picture = examine(png(64, 64, chunk(b"IDAT", zlib.compress(bytes(200 << 20), 1))))
    assert (picture.width, picture.height) == (64, 64)


def test_a_picture_one_pixel_high_is_no_error() -> None:
    """A strip has no sharpness, and is told to be too small."""
    assert examine(encoded(Image.new("L", (5000, 1), 9), "PNG")).sharpness == 0


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_no_bytes_whatever_cause_another_error(name: str) -> None:
    """Sixty damaged copies of a small picture: each is a picture or refused, nothing else."""
    dice = random.Random(name)
    whole = encoded(drawn(3, (200, 150)), name)
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(dice.randrange(1, 12)):
            damaged[dice.randrange(len(damaged) if dice.random() < 0.5 else 200)] = dice.randrange(256)
        with suppress(Refused):
            assert examine(bytes(damaged)).jpeg.startswith(b"\xff\xd8\xff")


# The process that decodes


def worker_of(pool: Pool) -> int:
    """The process id of a pool of one, after a first picture."""
    pool.decode("JPEG", encoded(drawn(1, (300, 200))))
    with pool._worker() as worker:
        return worker.pid


def test_the_worker_is_limited_and_knows_no_secret(fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory, processor time, files and core dumps; its environment is not ours."""
    monkeypatch.setenv("APP_JWT_SECRET", "x" * 32)
    proc = Path("/proc") / str(worker_of(fresh_pool))
    limits = {line[:25].strip(): line[25:].split()[0] for line in (proc / "limits").read_text().splitlines()[1:]}
    assert int(limits["Max address space"]) <= 1 << 30 and int(limits["Max cpu time"]) <= 60
    assert (limits["Max core file size"], limits["Max file size"]) == ("0", "0")
    assert int(limits["Max open files"]) <= 16
    assert b"SECRET" not in (proc / "environ").read_bytes()


def test_a_worker_is_kept_and_one_that_dies_is_replaced(fresh_pool: Pool) -> None:
    """Two pictures, one process; after its death the next picture has another."""
    first = worker_of(fresh_pool)
    assert worker_of(fresh_pool) == first
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert worker_of(fresh_pool) != first


def test_a_picture_that_hangs_is_refused_in_time_and_the_next_one_is_served(
    fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that does not answer is ended; the customer gets a refusal, not a wait."""
    first = worker_of(fresh_pool)
    monkeypatch.setattr(pools, "JOB_SECONDS", 0.3)
    os.kill(first, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(UnsupportedMedia):
        fresh_pool.decode("PNG", bytes(1 << 20))
    assert time.monotonic() - start < 2
    monkeypatch.undo()
    assert worker_of(fresh_pool) != first


NOT_A_NUMBER = b'{"length":3,"width":1,"height":1,"dhash":"00","sharpness":NaN,"brightness":0,"glare":0}\n\xff\xd8\xff'
ANSWERS = {
    "nothing": b"",
    "a list": b"[]\n",
    "an empty object": b"{}\n",
    "a negative length": b'{"length": -1}\n',
    "an infinite length": b'{"length": 1e999}\n',
    "deep nesting": b"[" * 5000,
    "a page": b'{"length": 5}\n<html',
    "less than it says": b'{"length": 5000}\n\xff\xd8\xff',
    "no number": NOT_A_NUMBER,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_worker_that_was_taken_over_cannot_answer_nonsense(
    fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """Whatever it says that is not a JPEG with its figures counts as no picture."""
    script = tmp_path / "evil.py"
    script.write_text(
        f"import sys\nsys.stdout.buffer.write(b'ready\\n' + {ANSWERS[name]!r})\n"
        "sys.stdout.flush()\nsys.stdin.buffer.read(20)\n"
    )
    monkeypatch.setattr(pools, "SCRIPT", script)
    with pytest.raises(UnsupportedMedia):
        fresh_pool.decode("JPEG", b"x" * 100)


def test_many_threads_share_two_workers() -> None:
    """Twelve pictures at once: each thread gets its own picture back."""
    shared = Pool(size=2)
    sizes = [(300 + 10 * k, 200) for k in range(12)]
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda size: shared.decode("JPEG", encoded(drawn(1, size))), sizes))
    shared.close()
    assert [(picture.width, picture.height) for picture in found] == sizes


def test_who_waits_too_long_for_a_worker_is_told_to_come_back(
    fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429, not a queue without end."""
    monkeypatch.setattr(pools, "WAIT_SECONDS", 0.1)
    with fresh_pool._worker(), pytest.raises(TooMany):
        fresh_pool.decode("JPEG", encoded(drawn(1, (300, 200))))


def test_no_decoder_runs_in_our_own_process(fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Storing a picture never opens it here."""
    data = encoded(drawn(1, (300, 200)))
    monkeypatch.setattr(Image, "open", lambda *_a, **_k: pytest.fail("decoded in the service's own process"))
    assert fresh_pool.decode("JPEG", data).width == 300
