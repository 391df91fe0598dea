"""The process that decodes what strangers sent. Run as a script, with nothing of the house in it.

It holds no setting and no secret, writes no file, and may use a gigabyte of memory and eight seconds of processor
time a picture. A job is a line `FORMAT LENGTH` and that many bytes; the answer is a line of JSON and, when that gives a
`length`, so many bytes of JPEG. Whatever breaks ends as `{"refused": reason}` or as the end of the process.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from typing import Any, BinaryIO

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

MAX_PIXELS = 40_000_000
MAX_SIDE = 2048
QUALITY = 85
MEMORY = 1 << 30
CPU_SECONDS = 8  # forty megapixels take less than one
OPEN_FILES = 16
NICENESS = 5
GREY_SIDE = 384  # sharpness is measured at this size, so that it means the same for every camera
LEAST_RANGE = 48.0  # grey levels; a flatter picture is not stretched to the full range, which would amplify its noise
BLOWN_OUT = 250
WHITE = (255, 255, 255)
PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)  # registered by their import; no other is


def main() -> None:
    """Say that we are ready, then answer one job after the other until the parent hangs up."""
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)
    _limit()
    answers.write(b"ready\n")
    answers.flush()
    while head := jobs.readline(64):
        kind, length = head.decode("ascii").split()
        _limit_cpu()
        _answer(answers, *_attempt(kind, jobs.read(int(length))))


def _limit() -> None:
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _limit_cpu() -> None:
    """This job's share, counted from what the process has used so far; beyond it the kernel ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answer(answers: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    answers.write(json.dumps(head).encode("ascii") + b"\n" + body)
    answers.flush()


def _attempt(kind: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        return _work(kind, data)
    except (Image.DecompressionBombError, MemoryError):
        return {"refused": "pixels"}, b""
    except Exception:  # decoders raise anything; every one of them means that this is no picture
        return {"refused": "broken"}, b""


def _work(kind: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            return {"refused": "pixels"}, b""
        small = decode(image)
    jpeg = encode(small)
    head = {"width": small.width, "height": small.height, "length": len(jpeg), "dhash": dhash(jpeg)}
    return {**head, **measure(small)}, jpeg


def decode(image: Image.Image) -> Image.Image:
    """The first frame, upright, at most MAX_SIDE, in plain colours. A JPEG is decoded at a fraction of its size."""
    if image.mode not in ("L", "RGB", "RGBA", "CMYK", "YCbCr") or "transparency" in image.info:
        image = _eight_bits(image)
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    image.load()  # a small picture is not decoded yet; nothing below may swallow what its decoder raises
    return _flat(_upright(image))


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # sixteen bits of grey
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged metadata is no reason to refuse a picture that decodes
        return image


def _flat(image: Image.Image) -> Image.Image:
    """On white where it is transparent; a new picture, so that no comment or profile comes along."""
    plain = Image.new("RGB", image.size, WHITE)
    plain.paste(image.convert("RGB"), mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return plain


def encode(image: Image.Image) -> bytes:
    """The JPEG that is kept."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=False, progressive=False)
    return out.getvalue()


def measure(image: Image.Image) -> dict[str, float]:
    """Sharpness (0 up, a clear picture has hundreds), brightness and glare (0 to 1)."""
    grey = image.convert("L")
    grey.thumbnail((GREY_SIDE, GREY_SIDE), Image.Resampling.BOX)
    values = np.asarray(grey, dtype=np.float32)
    return {
        "sharpness": round(_sharpness(values), 1),
        "brightness": round(float(np.percentile(values, 90)) / 255, 3),
        "glare": round(float((values >= BLOWN_OUT).mean()), 3),
    }


def _sharpness(values: np.ndarray[Any, Any]) -> float:
    """The least variance of the second derivative over four directions, of the picture stretched to the full range.

    The sum of two of them is the Laplacian, whose variance stays high when the camera moved: edges along the movement
    are still sharp. The least one falls in both cases.
    """
    if min(values.shape) < 3:
        return 0.0
    low, high = float(np.percentile(values, 1)), float(np.percentile(values, 99))
    grey = (values.clip(low, high) - low) * (255 / max(high - low, LEAST_RANGE))
    twice = 2 * grey[1:-1, 1:-1]
    pairs = (
        (grey[1:-1, :-2], grey[1:-1, 2:]),
        (grey[:-2, 1:-1], grey[2:, 1:-1]),
        (grey[:-2, :-2], grey[2:, 2:]),
        (grey[:-2, 2:], grey[2:, :-2]),
    )
    return min(float((one + other - twice).var()) for one, other in pairs)


def dhash(jpeg: bytes) -> str:
    """Sixteen hex digits (where is it brighter to the right?), nearly the same for a picture scaled or compressed."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        image.draft("L", (72, 64))
        grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (grey[:, 1:] > grey[:, :-1]).flatten()
    return str(np.packbits(bits).tobytes().hex())


if __name__ == "__main__":
    main()
