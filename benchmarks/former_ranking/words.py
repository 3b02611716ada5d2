"""Words in the titles of videos and their meaning; folded as in benchmarks.former_ranking.folding."""

from __future__ import annotations

from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A video that shows the movie itself.
KIND: Final = _set(
    "trailer trailers teaser clip clips scene scenes official movie film featurette"
    " bande annonce extrait szene escena escenas scena cena oficial ufficiale pelicula filme fragman"
    " трейлер фильм сцена отрывок ट्रेलर"
    " 예고편 예고 티저 클립 명장면 장면 공식 영화 予告 予告編 特報 本編 映画 预告 预告片 片段 电影 預告 電影"
)
# These follow a description of the moment, without any punctuation: "Moonlit Harbor storm scene".
MOMENT: Final = _set("scene scenes clip clips szene escena escenas scena cena сцена 명장면 장면")
# Words that may be next to a title without belonging to it.
NEUTRAL: Final = KIND | _set(
    "by starring feat watch new full hd uhd hdr 4k 8k 2k imax dolby vision"
    " 480p 720p 1080p 1440p 2160p 60fps blu ray bluray dvd vhs 35mm remastered remaster restored"
    " restoration rerelease release anniversary edition extended original theatrical international us uk"
    " final first look sneak peek preview promo spot tv opening ending best top main classic"
    " trailers behind making interview cast review explained recap hq english subtitles subtitled"
    " eng sub subs legendado dublado doblado subtitulado deutsch german french espanol korean japanese"
    " vf vostfr vo disney pixar marvel dreamworks dc warner bros paramount universal sony netflix hbo a24"
    " studios studio pictures lionsgate criterion mgm 20th century fox starts now only at cinemas theaters"
)
# The word before one of these decides: "scenes of Heat" is fine, "Wolf of Wall Street" is not.
LINKS: Final = _set("of the a an and from in on with")
# "What's up" is not about the movie "Up".
CONTRACTIONS: Final = _set("whats its thats heres theres lets whos hes shes")
# About the movie, or talk: it shows little of it.
TALK: Final = _set(
    "review reviews interview interviews explained breakdown recap analysis commentary podcast bloopers"
    " premiere essay theory news ranking ranked 리뷰 해석 결말 인터뷰 レビュー 解説 影评 解说"
)
# Something else that has the movie's title.
BAD: Final = _set(
    "reaction reacts reacting reactions gameplay walkthrough playthrough speedrun game lyrics lyric karaoke"
    " soundtrack ost song remix cover piano guitar parody spoof fanmade fan concept amv mashup unboxing toy"
    " tutorial season episode minecraft roblox fortnite ps4 ps5 xbox 리액션 노래 가사 커버 게임 게임플레이"
)
SEQUEL_LEADS: Final = _set("part chapter episode vol volume 파트 편")
