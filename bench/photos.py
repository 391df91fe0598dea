"""What the picture checks measure on a folder of photographs and on degradations of them (docs/photos.md).

    .venv/bin/python -m bench.photos FOLDER

The photographs are read and measured, nothing of them is written. Every figure comes through the service's own way in:
the bytes of a JPEG, decoded in the worker process.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from cases.photos import Picture, examine
from cases.photos.checks import DUPLICATE_DISTANCE, LEAST_BRIGHTNESS, LEAST_SHARPNESS, distance

Change = Callable[[Image.Image], Image.Image]


def main(folder: Path) -> None:
    """Print the three tables."""
    photographs = [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.jpg"))]
    print(f"{len(photographs)} photographs; sharp from {LEAST_SHARPNESS:g}, bright from {LEAST_BRIGHTNESS:g}\n")
    print_measures(photographs)
    print_distances(photographs)
    print_times(photographs[0])


def changes() -> dict[str, Change]:
    """Harmless changes first, then blur, movement, darkness and light."""
    return {
        "as they are": lambda p: p,
        "half size": lambda p: p.resize((p.width // 2, p.height // 2)),
        "enlarged to 2048": lambda p: p.resize((2048, 2048 * p.height // p.width), Image.Resampling.LANCZOS),
        "JPEG quality 40": lambda p: Image.open(io.BytesIO(jpeg(p, 40))),
        "noise 8": noisy,
        **{f"blur {share:.1%}": blurred(share) for share in (0.002, 0.003, 0.005, 0.01)},
        **{f"moved {share:.1%} →": moved(share, 0) for share in (0.01, 0.02, 0.03)},
        **{f"moved {share:.1%} ↓": moved(0, share) for share in (0.015, 0.03)},
        "moved 2.0% ↘": moved(0.014, 0.014),
        **{f"light × {factor}": lit(factor) for factor in (0.7, 0.5, 0.3, 0.2, 0.1)},
        **{f"light × {factor}": lit(factor) for factor in (1.5, 2.0)},
    }


def blurred(share: float) -> Change:
    """Out of focus by a share of the long side."""
    return lambda p: p.filter(ImageFilter.GaussianBlur(max(p.size) * share))


def lit(factor: float) -> Change:
    """Darker or lighter by a factor."""
    return lambda p: ImageEnhance.Brightness(p).enhance(factor)


def moved(across: float, down: float) -> Change:
    """The camera moved by these shares of the long side."""

    def change(picture: Image.Image) -> Image.Image:
        values = np.asarray(picture, dtype=np.float32)
        steps = max(2, round(max(picture.size) * max(across, down)))
        shifts = [(k * bool(down), k * bool(across)) for k in range(steps)]
        mean = sum(np.roll(values, shift, (0, 1)) for shift in shifts) / steps
        return Image.fromarray(np.asarray(mean).astype(np.uint8))

    return change


def noisy(picture: Image.Image) -> Image.Image:
    """Grain, eight grey levels of standard deviation."""
    values = np.asarray(picture, dtype=np.float32)
    grain = np.random.default_rng(1).normal(0, 8, values.shape)
    return Image.fromarray((values + grain).clip(0, 255).astype(np.uint8))


def jpeg(picture: Image.Image, quality: int = 92) -> bytes:
    """The picture as a phone would send it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def print_measures(photographs: list[Image.Image]) -> None:
    """Sharpness, brightness and blown-out share: least, median and most, and how many pass."""
    print("| change | sharpness | sharp | brightness | bright | blown out |\n|---|---|---|---|---|---|")
    for name, change in changes().items():
        found = [examine(jpeg(change(photograph))) for photograph in photographs]
        sharp = sum(picture.sharpness >= LEAST_SHARPNESS for picture in found)
        bright = sum(picture.brightness >= LEAST_BRIGHTNESS for picture in found)
        print(
            f"| {name} | {spread([p.sharpness for p in found], 0)} | {sharp} | "
            f"{spread([p.brightness for p in found], 2)} | {bright} | {spread([p.glare for p in found], 2)} |"
        )


def spread(values: list[float], digits: int) -> str:
    """Least, median and most."""
    return " … ".join(f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))


def print_distances(photographs: list[Image.Image]) -> None:
    """How far apart the dHashes of the same and of different pictures are."""
    originals = [examine(jpeg(photograph)) for photograph in photographs]
    print(f"\n| dHash distance (duplicate up to {DUPLICATE_DISTANCE} of 64) | least … median … most |\n|---|---|")
    for name, change in same_picture().items():
        others = [examine(jpeg(change(photograph))) for photograph in photographs]
        print(f"| {name} | {spread([apart(a, b) for a, b in zip(originals, others, strict=True)], 0)} |")
    print(f"| two different photographs | {spread([apart(a, b) for a, b in combinations(originals, 2)], 0)} |")


def same_picture() -> dict[str, Change]:
    """What happens to one picture on its way, and two pictures of one view."""
    everything = changes()
    chosen = {name: everything[name] for name in ("half size", "enlarged to 2048", "JPEG quality 40", "light × 0.7")}
    return {**chosen, **{f"framed {share:.0%} further right": shifted(share) for share in (0.02, 0.05, 0.1)}}


def shifted(share: float) -> Change:
    """The next picture of the same view, framed a little to the side."""
    return lambda p: p.crop((int(p.width * share), 0, p.width, p.height))


def apart(one: Picture, other: Picture) -> float:
    """The distance of their dHashes."""
    return float(distance(one.dhash, other.dhash))


def print_times(photograph: Image.Image) -> None:
    """Milliseconds for a picture of twelve megapixels, one after the other, worker running."""
    large = photograph.resize((4000, 3000), Image.Resampling.LANCZOS)
    print("\n| 12 megapixels as | bytes | median ms | most ms |\n|---|---|---|---|")
    for name in ("JPEG", "PNG", "WEBP", "HEIF"):
        data = encoded(large, name)
        taken = sorted(timed(data) for _ in range(10))
        print(f"| {name} | {len(data) / 1e6:.1f} MB | {statistics.median(taken) * 1000:.0f} | {taken[-1] * 1000:.0f} |")


def encoded(picture: Image.Image, name: str) -> bytes:
    """The picture in that format."""
    import pillow_heif  # only the bench writes HEIC; the service's own process never loads a decoder

    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture.save(out, name)
    return out.getvalue()


def timed(data: bytes) -> float:
    """Seconds that one picture takes."""
    start = time.perf_counter()
    examine(data)
    return time.perf_counter() - start


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m bench.photos FOLDER")
    main(Path(sys.argv[1]))
