"""How titles are spelled: one analysis for the index, for queries, and for the reason why a title matches. Pure.

``title_forms`` gives what the index stores of a title, ``title_key`` by what it sorts it, ``wanted_title`` what a query wants of one, and
``SpelledTitle`` answers in Python what Elasticsearch answers from the stored forms.
"""

from movietag.rules.spelling.forms import SpelledTitle, title_forms
from movietag.rules.spelling.ordering import title_key
from movietag.rules.spelling.wanted import WantedTitle, near_title, wanted_phrase, wanted_title

__all__ = [
    "SpelledTitle",
    "WantedTitle",
    "near_title",
    "title_forms",
    "title_key",
    "wanted_phrase",
    "wanted_title",
]
