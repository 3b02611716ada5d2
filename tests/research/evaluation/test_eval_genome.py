from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from research.evaluation import invented

from movietag.errors import UsageError
from movietag.research.evaluation.genome import read_genome
from movietag.research.evaluation.tables import NamedMovie, Reference


def value(found: Reference, movie: int, tag: str) -> float:
    return float(found.relevance[movie, found.tags.index(tag)])


@pytest.mark.parametrize("kaggle", [False, True])
def test_movies_and_relevances(tmp_path: Path, kaggle: bool) -> None:
    found = read_genome(invented.genome(tmp_path / "ml", kaggle=kaggle))
    assert found.kind == "genome"
    assert found.movies == (
        NamedMovie("7", "Lantern, The", 1955, "tt0001007"),
        NamedMovie("8", "Silver Creek", 1962, "tt0001008"),
    )
    assert found.tags == ("horror", "gothic", "neo noir", "autobiographical")
    assert value(found, 0, "gothic") == 0.9
    assert value(found, 1, "neo noir") == 0.8
    assert len(found.absent) == 67
    assert "prank" in found.absent


def test_of_several_genome_tags_the_highest_counts(tmp_path: Path) -> None:
    found = read_genome(invented.genome(tmp_path / "ml"))
    assert value(found, 0, "autobiographical") == 0.6  # biography 0.2, biopic 0.6
    assert value(found, 1, "autobiographical") == 0.1


def test_links_may_be_missing(tmp_path: Path) -> None:
    folder = invented.genome(tmp_path / "ml")
    (folder / "links.csv").unlink()
    assert {movie.imdb for movie in read_genome(folder).movies} == {""}


def test_tag_genome_2021(tmp_path: Path) -> None:
    table = {title: dict(values) for title, values in invented.MOVIES.items()}
    table["Silver Creek (1962)"] |= {"gothic": -0.07, "horror": 1.13}
    found = read_genome(invented.genome_2021(tmp_path / "g", table))
    assert found.movies[1] == NamedMovie("8", "Silver Creek", 1962, "tt0001008")
    assert [value(found, 1, tag) for tag in ("gothic", "horror", "neo noir")] == [0.0, 1.0, 0.8]


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return changed


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without("genome-scores.csv"), "holds neither genome-scores.csv nor scores/tagdl.csv"),
        (without("genome-tags.csv"), "has no genome-tags.csv or genome_tags.csv"),
        (without("movies.csv"), "has no movies.csv or movie.csv"),
        (change("genome-scores.csv", "relevance", "score"), "line 1: no column relevance"),
        (change("genome-scores.csv", "7,2,0.5", "7,2,1.5"), "line 3: relevance is '1.5'"),
        (change("genome-scores.csv", "7,2,0.5", "7,2,nan"), "line 3: relevance is 'nan'"),
        (change("genome-scores.csv", "7,2,0.5", "7,99,0.5"), "line 3: tagId '99' is not in"),
        (change("genome-scores.csv", "7,1,0.9", "70,1,0.9"), "line 2: movie '70' is not among"),
        (change("genome-scores.csv", "7,2,0.5", "7,1,0.5"), "line 3: movie 7 has tag '1' twice"),
        (change("genome-scores.csv", "8,6,0.9\n", ""), "the file ends after 11 rows"),
        (change("genome-scores.csv", "8,6,0.9\n", "8,6"), "line 13: 2 cells"),
        (change("genome-scores.csv", "7,2,0.5\n", "7,6,0.5\n"), "no relevance for 'horror'"),
        (change("genome-tags.csv", "2,horror", "1,horror"), "line 3: tagId 1 is listed twice"),
        (change("movies.csv", "8,Silver", "7,Silver"), "line 3: movieId 7 is listed twice"),
    ],
)
def test_a_spoilt_genome(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    folder = invented.genome(tmp_path / "ml")
    spoil(folder)
    with pytest.raises(UsageError) as error:
        read_genome(folder)
    assert str(folder) in str(error.value)
    assert says in str(error.value)


def test_a_genome_without_any_tag_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no relevance of any of the"):
        read_genome(invented.genome(tmp_path / "ml", {"Heat (1995)": {"1920s": 0.5}}))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"item_id": 9}', "line 3: Object missing required field `title`"),
        ('{"item_id": 9, "ti', "line 3: Input data was truncated"),
    ],
)
def test_a_spoilt_2021_metadata(tmp_path: Path, line: str, says: str) -> None:
    folder = invented.genome_2021(tmp_path / "g")
    with (folder / "raw/metadata.json").open("a") as out:
        out.write(line)
    with pytest.raises(UsageError) as error:
        read_genome(folder)
    assert says in str(error.value)
