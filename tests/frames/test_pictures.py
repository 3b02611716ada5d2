import os
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from drawn_videos import decoded, number_in, numbered, sampling, textured
from PIL import Image

from movietag.errors import PermanentError
from movietag.frames.extract import extract_images
from movietag.frames.filters import Picture
from movietag.frames.loading import load_picture
from movietag.records import SlotDropped


def save(path: Path, picture: Picture) -> Path:
    assert cv2.imwrite(str(path), picture)
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    fields = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + fields + struct.pack(">I", zlib.crc32(fields))
    return b"\x89PNG\r\n\x1a\n" + chunk


def test_pictures_are_taken_by_name_in_every_format(tmp_path: Path) -> None:
    names = ["a.PNG", "b.jpg", "c.jpeg", "d.webp", "e.bmp"]
    for number, name in enumerate(names):
        save(tmp_path / name, numbered(number))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "folder").mkdir()
    extraction = extract_images(tmp_path, sampling(slots=10))
    found = [(one.slot, one.time, number_in(decoded(one.jpeg))) for one in extraction]
    assert found == [(i, float(i), i) for i in range(5)]
    assert extraction.dropped == ()
    assert extraction.seconds == 5.0


def test_more_pictures_than_slots_are_spread(tmp_path: Path) -> None:
    for number in range(10):
        save(tmp_path / f"{number}.png", numbered(number))
    found = [(one.slot, one.time) for one in extract_images(tmp_path, sampling(slots=2))]
    assert found == [(0, 2.0), (1, 7.0)]


def test_bad_pictures_are_dropped_alone(tmp_path: Path) -> None:
    save(tmp_path / "0.png", numbered(1))
    (tmp_path / "1.png").write_bytes(b"")
    (tmp_path / "2.jpg").write_bytes(b"<html>not found</html>")
    (tmp_path / "3.png").write_bytes(png_header(20_000, 20_000))
    (tmp_path / "4.png").write_bytes(png_header(100, 100))
    (tmp_path / "5.png").write_bytes(png_header(0, 100))
    (tmp_path / "6.jpg").mkdir()
    (tmp_path / "7.jpg").symlink_to(tmp_path / "nowhere.jpg")
    os.mkfifo(tmp_path / "8.jpg")  # reading it would wait for ever
    with (tmp_path / "9.bmp").open("wb") as huge:
        huge.truncate((64 << 20) + 1)
    save(tmp_path / "a.png", numbered(2))
    extraction = extract_images(tmp_path, sampling(slots=50))
    assert [one.slot for one in extraction] == [0, 10]
    reasons = {3: "too-large", 9: "too-large"}
    assert extraction.dropped == tuple(
        SlotDropped(slot, reasons.get(slot, "undecodable")) for slot in range(1, 10)
    )


def test_links_may_stay_in_the_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "more").mkdir(parents=True)
    secret = save(tmp_path / "secret.png", numbered(1))
    inside = save(folder / "more" / "inside.png", numbered(2))
    (folder / "a.png").symlink_to(secret)
    (folder / "b.png").symlink_to(inside)
    (folder / "c.png").symlink_to(Path("..") / "secret.png")
    extraction = extract_images(folder, sampling())
    assert [one.slot for one in extraction] == [1]
    assert extraction.dropped == (SlotDropped(0, "outside"), SlotDropped(2, "outside"))


def test_a_picture_is_turned_as_its_exif_says(tmp_path: Path) -> None:
    _, data = cv2.imencode(".jpg", textured(1, 120, 80))
    exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    app1 = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    (tmp_path / "turned.jpg").write_bytes(data.tobytes()[:2] + app1 + data.tobytes()[2:])
    (frame,) = extract_images(tmp_path, sampling(width=120, height=120))
    picture = decoded(frame.jpeg)
    assert picture[:, :18].max() < 40  # 80 wide and 120 high now: black to its left
    turned = np.rot90(textured(1, 120, 80), -1)
    assert np.abs(picture[:, 20:100].astype(int) - turned).mean() < 8


QUARTERS = np.zeros((64, 96, 3), np.uint8)  # red, green; blue, white
QUARTERS[:32, :48], QUARTERS[:32, 48:] = (20, 20, 220), (20, 200, 20)
QUARTERS[32:, :48], QUARTERS[32:, 48:] = (220, 20, 20), (240, 240, 240)
TURNS: dict[int, Callable[[Picture], Picture]] = {
    1: lambda one: one,
    2: lambda one: one[:, ::-1],
    3: lambda one: one[::-1, ::-1],
    4: lambda one: one[::-1],
    5: lambda one: one.transpose(1, 0, 2),
    6: lambda one: np.rot90(one, -1),
    7: lambda one: np.rot90(one, 2).transpose(1, 0, 2),
    8: np.rot90,
}


def stored(form: str, orientation: int = 1, mode: str = "RGB", **more: object) -> bytes:
    """The quarters as a file of a format."""
    image = Image.fromarray(np.ascontiguousarray(QUARTERS[..., ::-1])).convert(mode)
    exif = Image.Exif()
    exif[0x112] = orientation
    with BytesIO() as file:
        image.save(file, form, exif=exif, **more)
        return file.getvalue()


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_each_orientation_in_each_format(form: str, orientation: int) -> None:
    picture = load_picture(stored(form, orientation))
    turned = TURNS[orientation](QUARTERS)
    assert isinstance(picture, np.ndarray)
    assert picture.shape == turned.shape
    assert np.abs(picture.astype(int) - turned).mean() < 8


def test_heic_is_turned_by_its_exif_data_where_nothing_else_turns_it() -> None:
    for name, orientation in (("quarters.heic", 1), ("quarters-6.heic", 6)):
        picture = load_picture((Path(__file__).parent / name).read_bytes())
        turned = TURNS[orientation](QUARTERS)
        assert isinstance(picture, np.ndarray)
        assert picture.shape == turned.shape
        assert np.abs(picture.astype(int) - turned).mean() < 8


@pytest.mark.parametrize("form", ["GIF", "JPEG2000", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_other_formats_and_modes(form: str, mode: str) -> None:
    if (form, mode) == ("JPEG2000", "P"):
        pytest.skip("has no palettes")
    picture = load_picture(stored(form, mode=mode))
    assert isinstance(picture, np.ndarray)
    if mode != "L":
        assert np.abs(picture.astype(int) - QUARTERS).mean() < 30


def test_cmyk_and_more_than_eight_bits(tmp_path: Path) -> None:
    picture = load_picture(stored("JPEG", mode="CMYK", quality=95))
    assert isinstance(picture, np.ndarray)
    assert np.abs(picture.astype(int) - QUARTERS).mean() < 12
    grey = np.asarray(QUARTERS[..., 1], np.uint16)
    assert cv2.imwrite(str(tmp_path / "a.png"), grey * 257)
    Image.fromarray(grey.astype(np.float32) / 255).save(tmp_path / "a.tif")
    for path in tmp_path.iterdir():
        picture = load_picture(path.read_bytes())
        assert isinstance(picture, np.ndarray)
        assert np.abs(picture[..., 0].astype(int) - grey).max() <= 1


@pytest.mark.parametrize(
    ("ink", "ground"), [((0, 0, 0), 255), ((30, 90, 200), 255), ((255, 255, 255), 128)]
)
def test_the_ground_of_what_is_transparent_shows_it(ink: tuple[int, ...], ground: int) -> None:
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[..., :3] = (9, 200, 9)  # erased: it keeps a colour
    pixels[10:30, 20:40] = (*ink, 255)
    for form, more in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("AVIF", {})):
        with BytesIO() as file:
            Image.fromarray(pixels).save(file, form, **more)
            picture = load_picture(file.getvalue())
        assert isinstance(picture, np.ndarray)
        assert picture[2, 2].tolist() == [ground] * 3
        assert np.abs(picture[20, 30].astype(int) - ink[::-1]).max() < 12


def test_transparency_needs_little_memory() -> None:
    with BytesIO() as file:
        Image.new("RGBA", (3000, 2000), (200, 30, 30, 128)).save(file, "PNG", compress_level=1)
        data = file.getvalue()
    tracemalloc.start()
    try:
        picture = load_picture(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(picture, np.ndarray)
    assert picture[0, 0].tolist() == [142, 142, 227]
    assert peak < 25 * 6_000_000  # bytes; in fractions at once it is 40 a pixel and more


@pytest.mark.parametrize("version", [b"\x02", b"\x03"])
def test_a_heic_item_without_a_type_ends_no_process(version: bytes) -> None:
    data = (Path(__file__).parent / "quarters.heic").read_bytes()
    assert isinstance(load_picture(data), np.ndarray)
    kind = data.index(b"Exif", data.index(b"infe"))
    damaged = data[:kind] + b"\xff" * 4 + data[kind + 4 :]
    last = damaged.rindex(b"infe")
    assert load_picture(damaged[: last + 4] + version + damaged[last + 5 :]) == "undecodable"


def test_pictures_of_other_formats_are_reported(tmp_path: Path) -> None:
    save(tmp_path / "0.png", numbered(1))
    (tmp_path / "1.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "2.cr2").write_bytes(b"raw")
    (tmp_path / "3.jpg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "4.psd").write_bytes((tmp_path / "0.png").read_bytes())  # a wrong name
    (tmp_path / "._0.png").write_bytes(b"what macOS writes beside it")
    extraction = extract_images(tmp_path, sampling())
    assert [one.slot for one in extraction] == [0, 4]
    assert [(one.slot, one.reason) for one in extraction.dropped] == [
        (1, "unsupported"), (2, "unsupported"), (3, "undecodable"),
    ]  # fmt: skip


def test_pictures_in_sub_folders_are_taken_by_choice(tmp_path: Path) -> None:
    for number, name in enumerate(["b.png", "a/2.png", "a/c/1.png", "z/3.png", ".thumbs/4.png"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        save(tmp_path / name, numbered(number))
    (tmp_path / "loop").symlink_to(tmp_path)
    (one,) = extract_images(tmp_path, sampling())
    assert number_in(decoded(one.jpeg)) == 0
    wanted = msgspec.structs.replace(sampling(), subfolders=True)
    found = [number_in(decoded(one.jpeg)) for one in extract_images(tmp_path, wanted)]
    assert found == [1, 2, 0, 3]


def test_folders_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    for folder, kind in [
        (tmp_path, "no-pictures"),
        (tmp_path / "nowhere", "not-a-folder"),
        (tmp_path / "page.html", "not-a-folder"),
    ]:
        with pytest.raises(PermanentError, match=folder.name) as caught:
            extract_images(folder, sampling())
        assert caught.value.kind == kind
