from long_list.figures import Told, estimates, open_at_once
from long_list.site import FOUND, made_list


def test_estimates_are_judged_by_the_time_that_was_left() -> None:
    told = [
        Told(0, 0.01, 900.0),  # too early to count
        Told(10, 0.10, 99.0),  # of 90
        Told(50, 0.50, 75.0),  # of 50
        Told(60, 0.60, None),
        Told(98, 0.99, 0.1),  # of 2: some seconds
    ]
    found = estimates(told, end=100)
    assert found == {"told": 2, "silent": 1, "within": 0.5, "worst": 0.5, "median": 0.3}
    assert estimates([], end=1)["within"] == 0


def test_movies_that_are_begun_and_not_done() -> None:
    assert open_at_once("aaabbb") == (1, 1.0)
    assert open_at_once("abcabc")[0] == 3
    assert open_at_once("") == (0, 0.0)


def test_made_titles_are_different_and_have_their_fates() -> None:
    movies = made_list(2000)
    assert len({movie.movie_id for movie in movies}) == 2000
    assert made_list(2000)[-1] == movies[-1]
    assert {clip.trouble for movie in movies for clip in movie.clips} >= {
        "",
        "gone",
        "page",
        "empty",
        "busy",
    }
    assert any(movie.search for movie in movies)
    assert all(len(movie.clips) == FOUND and not movie.search for movie in movies[:2])
