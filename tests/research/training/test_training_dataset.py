from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from research.training.stills import still, stills
from support.records import MOVIE, SAMPLING, TAGGER, manifest, video

from movietag.drawn.heldout import held_out_film
from movietag.drawn.library import draw_film
from movietag.drawn.truth import DemoTruth
from movietag.errors import UsageError
from movietag.frames.kept import Kept, frame_digest
from movietag.frames.store import FrameStore
from movietag.records import Context, VideoJob
from movietag.research.evaluation.drawn import from_truth
from movietag.research.evaluation.tables import NamedMovie, Reference
from movietag.research.training.choosing import (
    PAPER,
    DatasetChoices,
    choose,
    named_tags,
    part_tags,
    split_of,
)
from movietag.research.training.dataset import Card, build_dataset, read_card
from movietag.research.training.drawn import DrawnSource
from movietag.research.training.kept import KeptSource
from movietag.research.training.sources import FolderSource
from movietag.research.training.stored import read_dataset, statistics
from movietag.settings import Settings

pytestmark = pytest.mark.heavy

Stills = tuple[Path, Reference]


def lines_of(folder: Path, split: str = "train") -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / split / "metadata.jsonl").open()]


class TestSentences:
    def test_per_movie_all_frames_say_the_same_by_falling_relevance(
        self, still_frames: Stills, tmp_path: Path
    ) -> None:
        root, reference = still_frames
        card = build_dataset(FolderSource(root), reference, DatasetChoices(), tmp_path / "d")
        lines = lines_of(tmp_path / "d")
        assert len(lines) == 24
        assert card.splits["train"].sentences == 3
        harbor = {line["completion"] for line in lines if line["movie"].startswith("Moonlit")}
        assert len(harbor) == 1
        text = harbor.pop()
        assert text.startswith(
            "A scene from a movie containing tag data 'gothic', 'mystery', 'western', "
        )
        assert text.count("'") == 2 * 14  # no cut: even what is nowhere in it
        assert {line["prompt"] for line in lines} == {"Describe this scene of a movie."}

    def test_a_cut_and_a_number(self, still_frames: Stills, tmp_path: Path) -> None:
        root, reference = still_frames
        build_dataset(FolderSource(root), reference, DatasetChoices(cut=0.5), tmp_path / "cut")
        assert {line["completion"][41:] for line in lines_of(tmp_path / "cut")} == {
            "'gothic', 'mystery'", "'western', 'action'", "'comedy', 'fantasy'",
        }  # fmt: skip
        build_dataset(FolderSource(root), reference, DatasetChoices(most=3), tmp_path / "three")
        assert {line["completion"].count("'") for line in lines_of(tmp_path / "three")} == {6}

    def test_per_shot_only_what_is_seen(self, still_frames: Stills, tmp_path: Path) -> None:
        root, reference = still_frames
        build_dataset(FolderSource(root), reference, DatasetChoices(per="shot"), tmp_path / "d")
        said = [line["completion"][41:] for line in lines_of(tmp_path / "d")][:3]
        assert said == ["'gothic'", "'mystery'", "'gothic', 'mystery'"]

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 1))
    def test_named_tags_fall_and_stay_above_the_cut(self, values: list[float], cut: float) -> None:
        tags = [f"t{place}" for place in range(len(values))]
        relevance = np.array(values)
        named = named_tags(tags, relevance, cut, None)
        found = [values[tags.index(tag)] for tag in named]
        assert found == sorted(found, reverse=True)
        assert set(named) == {tag for tag, value in zip(tags, values, strict=True) if value >= cut}
        assert named_tags(tags, relevance, None, 3) == named_tags(tags, relevance, None, None)[:3]


class TestSplits:
    def test_by_movie_never_by_frame(self, still_frames: Stills, tmp_path: Path) -> None:
        root, reference = still_frames
        choices = DatasetChoices(validation=0.3, test=0.3, seed=4)
        card = build_dataset(FolderSource(root), reference, choices, tmp_path / "d")
        assert [len(movies) for movies in card.movies.values()] == [1, 1, 1]
        assert len({movie for movies in card.movies.values() for movie in movies}) == 3

    @given(st.integers(3, 200), st.integers(0, 50))
    def test_shares(self, count: int, seed: int) -> None:
        splits = split_of(count, DatasetChoices(validation=0.1, test=0.2, seed=seed))
        assert splits.count("validation") == max(1, round(0.1 * count))
        assert splits.count("test") == max(1, round(0.2 * count))
        assert splits == split_of(count, DatasetChoices(validation=0.1, test=0.2, seed=seed))

    def test_too_few_movies(self) -> None:
        with pytest.raises(UsageError, match="2 movies are too few"):
            split_of(2, DatasetChoices(validation=0.3, test=0.3))


def test_webp_becomes_png(tmp_path: Path) -> None:
    reference = stills(tmp_path / "s", {"Paper Sun (2016)": ("comedy", "fantasy")}, frames=2)
    folder = tmp_path / "s" / "Paper Sun (2016)"
    with Image.open(folder / "000.jpg") as drawn:
        drawn.save(folder / "002.webp", lossless=True)
        pixels = drawn.convert("RGB").tobytes()
    build_dataset(FolderSource(tmp_path / "s"), reference, DatasetChoices(), tmp_path / "d")
    with Image.open(tmp_path / "d" / "train" / "0000" / "00002.png") as read:
        assert read.convert("RGB").tobytes() == pixels


class TestPaper:
    def ranking(self, count: int) -> Reference:
        movies = tuple(
            NamedMovie(f"tt{number:07}", f"Film {number}", None, f"tt{number:07}")
            for number in range(1, count + 1)
        )
        return Reference("mpst", "mpst.csv", movies, ("cult",), np.ones((count, 1)))

    def test_twenty_movies_of_the_ranks_101_to_200_with_the_49_tags(self) -> None:
        mpst = self.ranking(300)
        tags = tuple(sorted(part_tags("all")))
        relevance = np.random.default_rng(0).random((300, len(tags)))
        genome = Reference("genome", "ml", mpst.movies, tags, relevance)
        have = [mpst.movies[rank - 1] for rank in (150, 99, 101, 201, 200, *range(110, 140))]
        taken = choose(have, genome, PAPER, mpst)
        assert [movie.title for movie in taken.movies] == [
            "Film 101", *(f"Film {rank}" for rank in range(110, 129))
        ]  # fmt: skip
        assert len(taken.tags) == 49

    def test_ranks_need_mpst(self, still_frames: Stills) -> None:
        root, reference = still_frames
        movies = FolderSource(root).movies()
        with pytest.raises(UsageError, match="which is missing"):
            choose(movies, reference, PAPER, None)
        with pytest.raises(UsageError, match="none is among the ranks 101 to 200"):
            choose(movies, reference, PAPER, self.ranking(100))

    def test_of_mpst_only_what_was_written_down_is_named(
        self, still_frames: Stills, tmp_path: Path
    ) -> None:
        root, reference = still_frames
        mpst = replace(reference, kind="mpst", relevance=(reference.relevance > 0.5) * 1.0)
        build_dataset(FolderSource(root), mpst, DatasetChoices(), tmp_path / "d")
        assert {line["completion"].count("'") for line in lines_of(tmp_path / "d")} == {4}


class TestSources:
    def test_drawn_movies_know_each_shot(self, tmp_path: Path) -> None:
        videos = tmp_path / "videos"
        videos.mkdir()
        movie = draw_film(held_out_film(970, shots=12, videos=1), videos)
        truth = DemoTruth("", (movie,), "")
        source = DrawnSource(truth, videos)
        card = build_dataset(
            source, from_truth(truth, "drawn"), DatasetChoices(per="shot"), tmp_path / "d"
        )
        lines = lines_of(tmp_path / "d")
        assert 6 <= len(lines) <= 10
        drawn = {tag for segment in movie.videos[0].segments for tag in segment.tags}
        assert card.splits["train"].tags.keys() <= drawn
        assert lines[0]["origin"].startswith("m970v0:")
        (videos / "m970v0.mp4").unlink()
        with pytest.raises(UsageError, match="Draw the library again"):
            list(source.frames(source.movies()[0]))

    def test_kept_frames(self, tmp_path: Path) -> None:
        store = FrameStore.needed(Settings(frame_store=str(tmp_path / "store")))
        source = KeptSource(store)
        with pytest.raises(UsageError, match="has no frames yet"):
            source.movies()
        pictures = [still(seed, ["horror"]) for seed in range(3)]
        job = VideoJob(
            MOVIE, 1, 0, video("youtube:a"), SAMPLING, TAGGER, Context(title="Heat", year=1995)
        )
        for slot, picture in enumerate(pictures):
            store.write_frame(job, slot, picture)
        promised = manifest("youtube:a", 3)
        store.write_record(Kept(job, promised, tuple(frame_digest(one) for one in pictures)))
        reference = Reference(
            "genome",
            "ml",
            (NamedMovie("7", "Heat", 1995),),
            ("horror", "cute"),
            np.array([[0.9, 0.1]]),
        )
        build_dataset(source, reference, DatasetChoices(cut=0.5), tmp_path / "d")
        lines = lines_of(tmp_path / "d")
        assert len(lines) == 3
        assert "t=" in lines[1]["origin"]
        assert lines[0]["completion"].endswith("tag data 'horror'")

    def test_a_movie_by_its_imdb_id(self, tmp_path: Path) -> None:
        reference = stills(tmp_path, {"tt0114709": ("horror", "murder")}, frames=1)
        named = replace(reference, movies=(NamedMovie("7", "Any", 1995, "tt0114709"),))
        card = build_dataset(FolderSource(tmp_path), named, DatasetChoices(), tmp_path / "d")
        assert card.movies["train"] == ("tt0114709",)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "file_name,tags\n000.jpg,gothic\n000.jpg,mystery\n",
                "line 3: '000.jpg' is listed twice",
            ),
            ("file_name,tags\n999.jpg,gothic\n", "line 2: there is no '999.jpg'"),
            ("file,tags\n000.jpg,gothic\n", "line 1: no column file_name"),
        ],
    )
    def test_bad_tags_csv(self, tmp_path: Path, text: str, said: str) -> None:
        reference = stills(tmp_path, {"One (1990)": ("gothic", "mystery")}, frames=2)
        (tmp_path / "One (1990)" / "tags.csv").write_text(text)
        with pytest.raises(UsageError, match=said):
            build_dataset(
                FolderSource(tmp_path), reference, DatasetChoices(per="shot"), tmp_path / "d"
            )
        assert not (tmp_path / "d").exists()


class TestRefused:
    def refuses(self, root: Path, reference: Reference, said: str, **choices: object) -> None:
        out = root.parent / "refused" / "d"
        with pytest.raises(UsageError, match=said):
            build_dataset(FolderSource(root), reference, DatasetChoices(**choices), out)  # type: ignore[arg-type]
        assert not out.exists()
        assert not list(out.parent.glob(".*"))

    @pytest.mark.parametrize(
        ("choices", "said"),
        [
            ({"cut": 1.5}, "cut is 1.5"),
            ({"most": 0}, "most is 0"),
            ({"validation": 0.6, "test": 0.4}, "leave some to train on"),
            ({"ranks": (9, 3)}, "expected a range like 101-200"),
            ({"per": "shot", "cut": 0.5}, "A cut is for sentences per movie"),
            ({"question": " "}, "question is blank"),
            ({"cut": 0.99}, "3 movies left out: no tag has a relevance from 0.99 on"),
        ],
    )
    def test_choices(self, still_frames: Stills, choices: dict[str, object], said: str) -> None:
        self.refuses(*still_frames, said, **choices)

    def test_an_empty_join(self, still_frames: Stills) -> None:
        root, reference = still_frames
        others = replace(
            reference, movies=tuple(NamedMovie(f"{n}", f"Other {n}", 1900) for n in range(3))
        )
        self.refuses(root, others, "none of its 3 movies matches one")

    def test_an_unreadable_picture(self, tmp_path: Path) -> None:
        reference = stills(tmp_path / "a", {"One (1990)": ("gothic", "mystery")}, frames=3)
        broken = tmp_path / "a" / "One (1990)" / "001.jpg"
        broken.write_bytes(broken.read_bytes()[:300])
        self.refuses(tmp_path / "a", reference, r"One \(1990\)/001.jpg: The picture is damaged")

    def test_nobody_says_what_a_shot_shows(self, tmp_path: Path) -> None:
        reference = stills(tmp_path / "a", {"One (1990)": ("gothic", "mystery")}, frames=3)
        (tmp_path / "a" / "One (1990)" / "tags.csv").unlink()
        self.refuses(tmp_path / "a", reference, "tags of this frame are unknown", per="shot")

    def test_no_pictures(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be listed"):
            FolderSource(tmp_path / "nowhere").movies()
        (tmp_path / "Empty (1990)").mkdir()
        with pytest.raises(UsageError, match="no folder with a JPEG, PNG or WebP"):
            FolderSource(tmp_path).movies()

    def test_a_folder_that_is_there(self, still_frames: Stills, small_data: Path) -> None:
        root, reference = still_frames
        with pytest.raises(UsageError, match="already exists"):
            build_dataset(FolderSource(root), reference, DatasetChoices(), small_data)

    def test_the_same_picture_is_taken_once(self, tmp_path: Path) -> None:
        root = tmp_path / "a"
        reference = stills(root, {"One (1990)": ("gothic", "mystery")}, frames=3)
        (root / "One (1990)" / "zzz.jpg").write_bytes((root / "One (1990)/000.jpg").read_bytes())
        card = build_dataset(FolderSource(root), reference, DatasetChoices(), tmp_path / "d")
        assert card.splits["train"].frames == 3
        assert card.notes[-1] == "1 frames left out: the same picture occurred before."


def drop_picture(folder: Path) -> None:
    min((folder / "train").rglob("*.jpg")).unlink()


def cut_metadata(folder: Path) -> None:
    path = folder / "train" / "metadata.jsonl"
    path.write_bytes(path.read_bytes()[:-40])


def repeat_line(folder: Path) -> None:
    path = folder / "train" / "metadata.jsonl"
    text = path.read_text()
    path.write_text(text + text.splitlines()[0] + "\n")


def break_picture(folder: Path) -> None:
    min((folder / "validation").rglob("*.jpg")).write_bytes(b"no picture")


def share_movie(folder: Path) -> None:
    there = lines_of(folder)[0]
    (folder / "validation" / "more.jpg").write_bytes(still(77, ["horror"]))
    with (folder / "validation" / "metadata.jsonl").open("a") as lines:
        lines.write(json.dumps({**there, "file_name": "more.jpg"}) + "\n")


def share_picture(folder: Path) -> None:
    there = lines_of(folder)[0]
    shutil.copy(folder / "train" / there["file_name"], folder / "validation" / "more.jpg")
    other = lines_of(folder, "validation")[0]
    with (folder / "validation" / "metadata.jsonl").open("a") as lines:
        lines.write(json.dumps({**other, "file_name": "more.jpg"}) + "\n")


def escape(folder: Path) -> None:
    there = lines_of(folder)[0]
    with (folder / "train" / "metadata.jsonl").open("a") as lines:
        lines.write(json.dumps({**there, "file_name": "../../secret.jpg"}) + "\n")


def blank(folder: Path) -> None:
    there = lines_of(folder)[1]
    path = folder / "train" / "metadata.jsonl"
    path.write_text(json.dumps({**there, "completion": ""}) + "\n")


def no_train(folder: Path) -> None:
    shutil.rmtree(folder / "train")


def empty(folder: Path) -> None:
    (folder / "train" / "metadata.jsonl").write_text("")


class TestChecks:
    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (drop_picture, r"metadata.jsonl, line 1: there is no picture '\d+/00000.jpg'"),
            (cut_metadata, r"metadata.jsonl, line 16: .*Was it cut off"),
            (repeat_line, r"line 17: '\d+/00000.jpg' is also in line 1"),
            (
                break_picture,
                r"validation/\d+/00000.jpg: The picture \(10 bytes\) is neither JPEG nor",
            ),
            (share_movie, "is in train and in validation"),
            (share_picture, "is the same picture as .*, of another split"),
            (escape, "line 17: '../../secret.jpg' is outside"),
            (blank, "line 1: completion is blank"),
            (no_train, "has no folder train"),
            (empty, "nothing to train on"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, small_data: Path, tmp_path: Path, spoil: Callable[[Path], None], said: str
    ) -> None:
        copy = tmp_path / "data"
        shutil.copytree(small_data, copy)
        spoil(copy)
        with pytest.raises(UsageError, match=said):
            read_dataset(copy)

    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="There is no data set"):
            read_dataset(tmp_path / "none")


def test_what_is_there(small_data: Path, tmp_path: Path) -> None:
    stored = read_dataset(small_data)
    counted = statistics(stored)
    assert (counted["train"].movies, counted["train"].frames) == (2, 16)
    assert counted["validation"].frames_per_movie == (8, 8)
    assert counted["train"].tags_per_frame == pytest.approx(20 / 16)
    card = read_card(stored)
    assert isinstance(card, Card)
    assert card.digest == stored.digest
    assert card.choices == DatasetChoices(per="shot", validation=0.3)
    moved = tmp_path / "moved"
    shutil.copytree(small_data, moved)
    assert read_dataset(moved).digest == stored.digest
    (moved / "dataset.json").write_text("{")
    assert read_card(read_dataset(moved)) is None
    assert msgspec.json.decode((small_data / "dataset.json").read_bytes())["source"]


@pytest.mark.heavy
def test_the_library_reads_it_as_an_imagefolder(small_data: Path, tmp_path: Path) -> None:
    import datasets  # seconds to load

    read = datasets.load_dataset(
        "imagefolder", data_dir=str(small_data), cache_dir=str(tmp_path / "cache")
    )
    assert {name: len(part) for name, part in read.items()} == {"train": 16, "validation": 8}
    assert read["train"][0]["image"].size == (320, 180)
    assert read["train"][0]["completion"].startswith("A scene from a movie")
