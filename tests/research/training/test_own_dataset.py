"""A data set of one's own pictures: frames as they are served, splits without a shared picture, notes."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from movietag.cli import app
from movietag.drawn.products import PRODUCT_TAGS, draw_shop
from movietag.errors import UsageError
from movietag.frames.extract import extract_images
from movietag.records import Sampling
from movietag.research.training.choosing import DatasetChoices
from movietag.research.training.dataset import Card, read_card
from movietag.research.training.frame_form import FrameForm
from movietag.research.training.own import OwnPictures
from movietag.research.training.own_dataset import build_own_dataset
from movietag.research.training.stored import read_dataset
from movietag.vocabulary import from_lines
from movietag.vocabulary.spelling import Speller

pytestmark = pytest.mark.heavy

SHOP = from_lines("shop", PRODUCT_TAGS)
FORM = FrameForm(96, 96, 85)
THIRDS = DatasetChoices(per="shot", validation=0.3, test=0.3)


def build(root: Path, out: Path, choices: DatasetChoices = THIRDS) -> Card:
    return build_own_dataset(OwnPictures(root, Speller(SHOP)), SHOP, choices, FORM, out)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("own") / "shop"
    draw_shop(root, 40)
    return root


def pictures_of(folder: Path) -> dict[str, set[str]]:
    """The digests of a data set's pictures, by split."""
    return {
        split: {hashlib.sha256(one.path.read_bytes()).hexdigest() for one in examples}
        for split, examples in read_dataset(folder).splits.items()
    }


def test_folders_of_products_never_part(shop: Path, tmp_path: Path) -> None:
    card = build(shop, tmp_path / "d")
    assert {split: len(names) for split, names in card.movies.items()} == {
        "train": 16, "validation": 12, "test": 12,
    }  # fmt: skip
    assert all(one.frames == 4 * one.movies for one in card.splits.values())
    assert any(note.startswith("Split by folder") for note in card.notes)
    split = pictures_of(tmp_path / "d")
    assert not split["train"] & split["validation"] | split["test"] & split["train"]
    stored = read_card(read_dataset(tmp_path / "d"))
    assert stored == card
    assert (card.reference, card.vocabulary, card.frames) == ("tags.csv", SHOP.vocabulary_id, FORM)


def test_a_folder_a_tag_is_split_by_picture(shop: Path, tmp_path: Path) -> None:
    own = OwnPictures(shop, Speller(SHOP))
    lines = ["file_name,tags"]
    for picture in own.pictures:
        home = tmp_path / "kinds" / picture.tags[0]
        home.mkdir(parents=True, exist_ok=True)
        name = picture.name.replace("/", " ")
        (home / name).write_bytes(picture.path.read_bytes())
        lines.append(f"{picture.tags[0]}/{name},{','.join(picture.tags)}")
    (tmp_path / "kinds" / "tags.csv").write_text("\n".join(lines))
    card = build(tmp_path / "kinds", tmp_path / "d")
    assert any(note.startswith("Split by picture") for note in card.notes)
    assert all(set(tags_in_split(card, split)) == set(PRODUCT_TAGS) for split in card.splits)
    by_folder = DatasetChoices(per="shot", validation=0.2, split_by="folder")
    assert len(build(tmp_path / "kinds", tmp_path / "f", by_folder).movies["validation"]) == 2


def tags_in_split(card: Card, split: str) -> dict[str, int]:
    return next(one.tags for name, one in card.splits.items() if name == split)


def test_the_same_picture_under_two_names_is_in_one_split(tmp_path: Path, shop: Path) -> None:
    data = (shop / "product 001" / "1.jpg").read_bytes()
    root = tmp_path / "copies"
    root.mkdir()
    for number in range(12):
        (root / f"{number}.jpg").write_bytes(data)
    (root / "other.jpg").write_bytes((shop / "product 002" / "1.jpg").read_bytes())
    names = [*(f"{number}.jpg,mug" for number in range(12)), "other.jpg,ball"]
    (root / "tags.csv").write_text("\n".join(["file_name,tags", *names]))
    choices = DatasetChoices(per="shot", validation=0.5, seed=1)
    card = build(root, tmp_path / "d", choices)
    assert sum(one.frames for one in card.splits.values()) == 2
    assert "11 pictures left out: the same picture occurred before." in card.notes


def test_a_picture_is_taught_as_the_fetch_stage_would_show_it(tmp_path: Path, shop: Path) -> None:
    root = tmp_path / "kinds"
    root.mkdir()
    drawn = Image.open(shop / "product 001" / "1.jpg").crop((0, 0, 200, 120))
    for suffix in ("png", "webp", "gif"):
        drawn.save(root / f"a {suffix}.{suffix}")
    clear = Image.new("RGBA", (50, 90), (200, 20, 20, 128))
    clear.save(root / "clear.png")
    (root / "tags.csv").write_text("file_name;tags\n" + "".join(
        f"{one.name};ball\n" for one in sorted(root.iterdir())
    ))  # fmt: skip
    build(root, tmp_path / "d", DatasetChoices(per="shot"))
    sampling = Sampling(50, 0, 0, "keyframes", 96, 96, 85, False, False, -1)
    served = {hashlib.sha256(one.jpeg).hexdigest() for one in extract_images(root, sampling)}
    assert pictures_of(tmp_path / "d")["train"] == served


def test_a_frame_stays_as_it_is_to_the_byte(shop: Path) -> None:
    data = (shop / "product 001" / "1.jpg").read_bytes()
    assert FrameForm(256, 256, 50).apply(data) == data
    again = FORM.apply(data)
    assert isinstance(again, bytes)
    assert Image.open(BytesIO(again)).size == (96, 96)
    assert FORM.apply(b"no picture") == "unsupported"
    assert FORM.apply(data[:600]) == "undecodable"


def test_what_cannot_be_read_and_what_has_no_tag_is_counted(tmp_path: Path, shop: Path) -> None:
    root = tmp_path / "s"
    root.mkdir()
    for number in range(4):
        (root / f"{number}.jpg").write_bytes(
            (shop / f"product 00{number + 1}" / "1.jpg").read_bytes()
        )
    (root / "bad.jpg").write_bytes(b"\xff\xd8\xff damaged")
    (root / "tags.csv").write_text(
        "file_name,tags\n0.jpg,mug\n1.jpg,mug\n2.jpg,ball\n3.jpg,\nbad.jpg,ball\n"
    )
    notes = build(root, tmp_path / "d", DatasetChoices(per="shot")).notes
    assert "1 picture left out: no tag in the line: 3.jpg." in notes
    assert "1 picture left out, not readable: bad.jpg (unsupported)." in notes
    assert any(
        note.startswith("8 tags of the vocabulary in no picture to train on") for note in notes
    )
    assert "2 tags in few pictures to train on: mug (2), ball (1)." in notes


def test_too_few(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.jpg").write_bytes((shop / "product 001" / "1.jpg").read_bytes())
    (tmp_path / "s" / "tags.csv").write_text("file_name,tags\na.jpg,mug\n")
    with pytest.raises(UsageError, match="1 pictures are too few for a validation share"):
        build(tmp_path / "s", tmp_path / "d")
    assert not (tmp_path / "d").exists()


def movietag(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_the_command(shop: Path, tmp_path: Path) -> None:
    words, out = tmp_path / "shop.txt", tmp_path / "data"
    words.write_text("\n".join(PRODUCT_TAGS))
    given = ("dataset", "build", out, "--frames", shop, "--vocabulary", words)
    done = movietag(*given, "--validation", 0.2, "--order", "random")
    assert done.exit_code == 0, done.output
    assert "Split by folder" in done.output
    assert f"Next: movietag finetune {out}" in done.output
    first = json.loads((out / "train" / "metadata.jsonl").read_text().splitlines()[0])
    assert first["origin"].startswith("product ")
    assert Image.open(out / "train" / first["file_name"]).size == (640, 360)
    assert movietag("dataset", "check", out).exit_code == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ((), "'ball' is not in the vocabulary mpst"),
        (("--cut", 0.5), "--cut and --movies are for movies with a reference"),
        (("--per", "movie"), "Name a reference: give --genome FOLDER"),
    ],
)
def test_mistakes_of_the_command(
    more: tuple[object, ...], why: str, shop: Path, tmp_path: Path
) -> None:
    done = movietag("dataset", "build", tmp_path / "d", "--frames", shop, *more)
    assert done.exit_code == 2
    assert why in done.stderr
    assert not (tmp_path / "d").exists()


def test_pictures_without_a_table(shop: Path, tmp_path: Path) -> None:
    done = movietag("dataset", "build", tmp_path / "d", "--frames", shop / "product 001")
    assert done.exit_code == 2
    assert "What do the pictures of" in done.stderr
    assert "Put a tags.csv into it" in done.stderr
