"""The figure of a training: loss and gradient norm, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from movietag.research.evaluation.plotting import FILL, INK, PALE, draw_styled, head
from movietag.research.training.record import Point


def loss_figure(
    points: Sequence[Point], validation: Mapping[int, float], clip: float, about: str
) -> dict[str, bytes]:
    """Draw the figure: suffix (svg, png) -> bytes.

    Args:
        points: every step.
        validation: step -> loss on the validation split; may be empty.
        clip: the norm to which gradients are clipped, drawn as a line.
        about: how the numbers were made.
    """
    return draw_styled(lambda: _draw(points, validation, clip, about))


def _draw(
    points: Sequence[Point], validation: Mapping[int, float], clip: float, about: str
) -> Figure:
    figure = Figure(figsize=(8, 5))
    steps = [point.step for point in points]
    above: Axes = figure.add_axes((0.085, 0.47, 0.89, 0.37))
    _curve(above, steps, [point.loss for point in points], "loss")
    if validation:
        at = list(validation)
        above.plot(at, [validation[step] for step in at], "o", color=INK, markersize=5,
                   markerfacecolor="white", label="validation, after each epoch")  # fmt: skip
    above.legend(frameon=False, fontsize=8)
    above.tick_params(labelbottom=False)
    below: Axes = figure.add_axes((0.085, 0.09, 0.89, 0.3), sharex=above)
    _curve(below, steps, [point.gradient for point in points], "gradient norm")
    below.axhline(
        clip, color=PALE, linewidth=0.9, linestyle=(0, (4, 3)), label=f"clipped at {clip:g}"
    )
    below.legend(frameon=False, fontsize=8)
    below.set_yscale("log")
    below.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
    below.set_xlabel("step")
    head(figure, "Loss and gradient", about)
    return figure


def _curve(axes: Axes, steps: Sequence[int], values: Sequence[float], name: str) -> None:
    """Each step pale, and the mean with its neighbours dark."""
    axes.plot(steps, values, color=PALE, linewidth=0.7, label="each step")
    width = max(1, len(values) // 40)
    kernel = np.ones(2 * width + 1)
    array = np.asarray(values, dtype=np.float64)
    mean = np.convolve(array, kernel, "same") / np.convolve(np.ones(len(array)), kernel, "same")
    if len(array) > 2 * width:
        axes.plot(steps, mean, color=FILL, linewidth=1.8, label=f"mean of {2 * width + 1} steps")
    axes.set_ylabel(name)
    axes.grid(visible=True, color="#d0d7de", linewidth=0.6)
