"""Hostile input for real stages: every input must be found again, as a result or as a letter.

``python -m fuzz --inputs 10000 --seed 1`` with ``tests`` on the path; see ``fuzz.__main__``.
"""

import sys
from pathlib import Path

# The drawn videos of the frames' tests, which pytest finds by itself when it runs those.
sys.path.append(str(Path(__file__).parents[1] / "frames"))
