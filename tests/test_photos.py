"""Pictures that customers send: what is kept of them, what is measured, and who may read them."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter, PngImagePlugin
from sqlalchemy import select

from cases.errors import NotFound
from cases.models import AuditEntry, Photo
from cases.photos import TooLarge, examine, store_photo
from tests.pictures import NOW, House, drawn, encoded, opened

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


@pytest.fixture()
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.dispose()


def outcome(photo: Photo) -> dict[str, bool]:
    return {check["code"]: check["ok"] for check in photo.checks}


# What is kept


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_each_format_of_the_contract_is_kept_as_a_jpeg(house: House, name: str) -> None:
    """JPEG, PNG, WebP and HEIC come out as one JPEG of the same size; every check passes."""
    photo = house.store(encoded(drawn(), name))
    assert (photo.width, photo.height) == opened(house.read(photo.id)).size == (1200, 900)
    codes = ["format", "size", "sharp", "bright", "duplicate"]
    assert photo.checks == [{"code": code, "ok": True, "hint": ""} for code in codes]
    assert photo.usable


def test_the_file_lies_under_a_random_name_that_only_the_service_may_read(house: House) -> None:
    """`<2 hex>/<id>.jpg`, mode 0600, folders 0700; the row's hash and size are the file's."""
    photo = house.store(encoded(drawn()))
    path = house.root / photo.id[:2] / f"{photo.id}.jpg"
    assert len(photo.id) == 32 and photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert photo.size == path.stat().st_size
    assert {stat.S_IMODE(file.stat().st_mode) for file in house.files()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_large_picture_is_scaled_to_2048(house: House) -> None:
    """Twelve megapixels become 2048 on the long side."""
    photo = house.store(encoded(drawn().resize((4000, 3000))))
    assert (photo.width, photo.height) == (2048, 1536)


def test_forty_megapixels_are_taken_and_one_row_more_is_not() -> None:
    """The limit is 40 megapixels, counted exactly."""
    assert examine(encoded(Image.new("L", (8000, 5000), 200))).width == 2048
    with pytest.raises(TooLarge):
        examine(encoded(Image.new("L", (8000, 5001), 200)))


def test_metadata_is_gone_and_the_picture_stands_upright(house: House) -> None:
    """EXIF with place and camera, XMP, a comment and a colour profile are dropped; the rotation is applied first."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "SECRETCAM"
    exif[GPS] = {1: "N", 2: (39.0, 54.0, 20.0), 3: "E", 4: (116.0, 24.0, 26.0)}
    lying = Image.new("RGB", (900, 600), "white")
    lying.paste((255, 0, 0), (0, 0, 450, 600))  # red on the left: on top once it is turned
    data = encoded(lying, exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETICC", xmp=b"SECRETXMP")
    kept = house.read(house.store(data).id)
    picture = opened(kept)
    assert b"SECRETCAM" in data and b"SECRET" not in kept and b"Exif" not in kept
    assert not dict(picture.getexif()) and set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert picture.size == (600, 900)
    red, white = picture.getpixel((300, 100)), picture.getpixel((300, 800))
    assert red[1] < 60 and white[1] > 200


def test_a_text_chunk_of_a_well_meant_picture_is_dropped(house: House) -> None:
    """Comments of a PNG do not reach the kept file."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "SECRETAUTHOR", zip=True)
    assert b"SECRETAUTHOR" not in house.read(house.store(encoded(drawn(), "PNG", pnginfo=notes)).id)


def test_damaged_metadata_is_no_reason_to_refuse_a_picture(house: House) -> None:
    """An EXIF block of nonsense is dropped like any other."""
    assert house.store(encoded(drawn(), exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffnonsense")).usable


def test_what_hangs_behind_the_picture_is_gone(house: House) -> None:
    """A JPEG that is a web page as well comes out as a JPEG only."""
    data = encoded(drawn(), comment=b"<script>alert(1)</script>") + b"<html><script>alert(2)</script></html>"
    kept = house.read(house.store(data).id)
    assert b"script" not in kept and kept.endswith(b"\xff\xd9")


@pytest.mark.parametrize("name", ["WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_kept(house: House, name: str) -> None:
    """Thirty frames cost what one does."""
    frames = [drawn(seed, (640, 480)) for seed in range(2, 32)]
    data = encoded(drawn(1, (640, 480)), name, save_all=True, append_images=frames, duration=40)
    kept = opened(house.read(house.store(data).id)).resize((16, 12))
    first = drawn(1, (640, 480)).resize((16, 12))
    apart = [abs(a - b) for a, b in zip(kept.tobytes(), first.tobytes(), strict=True)]
    assert sum(apart) / len(apart) < 6


@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        ("1", 1),
        ("L", 200),
        ("LA", (200, 255)),
        ("P", 0),
        ("RGBA", (200, 200, 200, 255)),
        ("I;16", 51400),
    ],
)
def test_every_kind_of_pixel_becomes_plain_colours(mode: str, colour: Any) -> None:
    """Black and white, grey, sixteen bits, palettes and transparency all decode."""
    assert opened(examine(encoded(Image.new(mode, (640, 480), colour), "PNG")).jpeg).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    """Nothing that a customer did not see is uncovered."""
    clear = encoded(Image.new("RGBA", (640, 480), (255, 0, 0, 0)), "PNG")
    one_colour = encoded(Image.new("RGB", (640, 480), (255, 0, 0)), "PNG", transparency=(255, 0, 0))
    for data in (clear, one_colour):
        assert min(opened(examine(data).jpeg).getpixel((9, 9))) > 250


def test_sixteen_bit_grey_keeps_its_brightness() -> None:
    """51400 of 65535 is 200 of 255."""
    assert abs(opened(examine(encoded(Image.new("I;16", (640, 480), 51400), "PNG")).jpeg).getpixel((9, 9))[0] - 200) < 3


# What is measured


def test_a_blurred_picture_is_kept_but_not_usable_and_the_customer_is_told(house: House) -> None:
    """Out of focus by half a percent of the long side."""
    photo = house.store(encoded(drawn().filter(ImageFilter.GaussianBlur(6))))
    assert outcome(photo) == {"format": True, "size": True, "sharp": False, "bright": True, "duplicate": True}
    assert "模糊" in photo.checks[2]["hint"] and not photo.usable


def test_a_camera_that_moved_is_blur_too(house: House) -> None:
    """Edges along the movement stay sharp; the check is not fooled by them."""
    kernel = ImageFilter.BoxBlur((15, 0))
    assert not outcome(house.store(encoded(drawn().filter(kernel))))["sharp"]


def test_a_dark_picture_is_told_to_be_dark_not_blurred(house: House) -> None:
    """A fifth of the light."""
    photo = house.store(encoded(ImageEnhance.Brightness(drawn()).enhance(0.2)))
    assert outcome(photo) == {"format": True, "size": True, "sharp": True, "bright": False, "duplicate": True}
    assert "暗" in photo.checks[3]["hint"]


def test_a_night_picture_with_flash_is_bright_enough(house: House) -> None:
    """A black background does not make a lit subject dark."""
    night = Image.new("RGB", (1200, 900), (5, 5, 8))
    night.paste(drawn(4, (500, 500)), (300, 200))
    assert outcome(house.store(encoded(night)))["bright"]


def test_a_thumbnail_is_told_to_be_too_small(house: House) -> None:
    """Nothing can be assessed on 160 by 120."""
    photo = house.store(encoded(drawn(1, (160, 120))))
    assert not outcome(photo)["size"] and photo.checks[1]["hint"]


def test_sharpness_means_the_same_for_every_camera() -> None:
    """The same view at 0.8 and at 12 megapixels measures alike."""
    small, large = (examine(encoded(drawn().resize(size))).sharpness for size in ((1024, 768), (4000, 3000)))
    assert 0.6 < small / large < 1.6


# Duplicates


def test_the_same_picture_again_is_a_duplicate(house: House) -> None:
    """The same bytes, then scaled, then as another format: three duplicates, each kept."""
    house.store(encoded(drawn()))
    again = [encoded(drawn()), encoded(drawn().resize((800, 600)), quality=60), encoded(drawn(), "WEBP")]
    photos = [house.store(data) for data in again]
    assert [outcome(photo)["duplicate"] for photo in photos] == [False, False, False]
    assert all("相同" in photo.checks[4]["hint"] and not photo.usable for photo in photos)


def test_another_picture_or_another_conversation_is_no_duplicate(house: House) -> None:
    """Only what this customer sent in this conversation counts."""
    house.store(encoded(drawn(1)))
    assert outcome(house.store(encoded(drawn(2))))["duplicate"]
    assert outcome(house.store(encoded(drawn(1)), house.theirs))["duplicate"]


def test_the_sharp_retake_of_a_blurred_picture_is_no_duplicate(house: House) -> None:
    """It looks the same, and it is what we asked for."""
    house.store(encoded(drawn().filter(ImageFilter.GaussianBlur(6))))
    assert house.store(encoded(drawn())).usable


# Who may read


def test_only_the_owner_reads_a_picture(house: House) -> None:
    """Another conversation gets the same answer as for a picture that never was."""
    photo = house.store(encoded(drawn()))
    assert house.read(photo.id).startswith(b"\xff\xd8\xff")
    for photo_id, conversation in ((photo.id, house.theirs), ("0" * 32, house.mine)):
        with pytest.raises(NotFound) as caught:
            house.read(photo_id, conversation)
        assert str(caught.value) == "photo"


@pytest.mark.parametrize(
    "photo_id",
    [
        "",
        "../../x",
        "../" * 8 + "etc/passwd",
        "a\x00b",
        "\u202egpj",
        "A" * 32,
        "0" * 32 + "\n",
        "\u56fe" * 5000,
    ],
    ids=ascii,
)
def test_a_path_for_a_name_finds_nothing(house: House, photo_id: str) -> None:
    """Only our own names are looked up."""
    with pytest.raises(NotFound):
        house.read(photo_id)


def test_a_picture_whose_file_is_lost_is_not_found(house: House) -> None:
    """Not an error of the service."""
    photo = house.store(encoded(drawn()))
    (house.root / photo.id[:2] / f"{photo.id}.jpg").unlink()
    with pytest.raises(NotFound):
        house.read(photo.id)


def test_an_unknown_conversation_keeps_nothing(house: House) -> None:
    """No row, no file."""
    with pytest.raises(NotFound):
        house.store(encoded(drawn()), "nobody")
    assert not house.files()


def test_a_transaction_that_fails_leaves_no_file(house: House) -> None:
    """The files go with the row; those of an earlier transaction stay."""
    house.store(encoded(drawn(1)))
    with pytest.raises(ZeroDivisionError), house.database.write() as session:
        store_photo(session, house.root, house.mine, encoded(drawn(2)), NOW)
        raise ZeroDivisionError
    assert len(house.files()) == 2


def test_keeping_a_picture_is_audited(house: House) -> None:
    """Who, what and when; not what is on it."""
    photo = house.store(encoded(drawn()))
    with house.database.read() as session:
        entry = session.execute(select(AuditEntry).where(AuditEntry.subject == photo.id)).scalar_one()
    assert (entry.actor, entry.action, entry.at) == (f"guest:{house.mine}", "photo.store", NOW)
