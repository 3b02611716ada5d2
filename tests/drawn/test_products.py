"""The drawn shop: its tables are what the commands of docs/finetuning.md read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from movietag.drawn.products import PRODUCT_TAGS, VIEWS, draw_shop
from movietag.research.evaluation.own_reference import read_own_reference
from movietag.research.training.own import OwnPictures
from movietag.rules.titles import parse_title
from movietag.vocabulary import from_lines
from movietag.vocabulary.spelling import Speller

SHOP = from_lines("shop", PRODUCT_TAGS)


def test_a_shop_is_titles_pictures_and_what_is_true_of_them(tmp_path: Path) -> None:
    shop = draw_shop(tmp_path / "shop", 3)
    titles = [
        parse_title(line) for line in (tmp_path / "shop" / "titles.jsonl").read_bytes().splitlines()
    ]
    assert [title.title for title in titles] == [product.name for product in shop]
    assert [Path(title.sources.images[0]).name for title in titles] == [one.name for one in shop]
    truth = read_own_reference(tmp_path / "shop" / "truth.csv", SHOP)
    assert [movie.title for movie in truth.movies] == [product.name for product in shop]
    own = OwnPictures(tmp_path / "shop", Speller(SHOP))
    assert len(own.pictures) == 3 * VIEWS
    for product, row in zip(shop, truth.relevance, strict=True):
        assert (
            tuple(tag for tag, value in zip(SHOP.tags, row, strict=True) if value) == product.tags
        )
        assert {one.tags for one in own.pictures if one.folder == product.name} == {product.tags}


def test_the_same_seed_is_the_same_picture_and_another_is_not(tmp_path: Path) -> None:
    def digests(name: str, seed: int) -> list[str]:
        draw_shop(tmp_path / name, 2, seed)
        pictures = sorted((tmp_path / name).rglob("*.jpg"))
        return [hashlib.sha256(one.read_bytes()).hexdigest() for one in pictures]

    first = digests("a", 0)
    assert digests("b", 0) == first
    assert len({*first, *digests("c", 1)}) == 2 * 2 * VIEWS
