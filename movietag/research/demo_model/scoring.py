"""How well tags are recognized: micro F1, and the baseline of colours alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Tags = NDArray[np.bool_]


def micro_f1(predicted: Tags, truth: Tags) -> float:
    """F1 over all (picture, tag) pairs; both arrays are (pictures, tags). 0 if nothing is right."""
    right = int((predicted & truth).sum())
    return 2 * right / max(int(predicted.sum()) + int(truth.sum()), 1)


def f1_by_tag(predicted: Tags, truth: Tags) -> list[float]:
    """F1 of each column."""
    return [micro_f1(predicted[:, [tag]], truth[:, [tag]]) for tag in range(truth.shape[1])]


def thumbnails(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Pictures (n, side, side, 3) as 8x8 thumbnails, (n, 192), centred."""
    import torch  # noqa: PLC0415  # seconds to load

    batch = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - 0.5
    return torch.nn.functional.adaptive_avg_pool2d(batch, 8).flatten(1)


def thumbnail_probe(
    pictures: NDArray[np.uint8], truth: Tags, test_pictures: NDArray[np.uint8], test_truth: Tags
) -> float:
    """Micro F1 of logistic regression on 8x8 thumbnails: what colour and layout alone reveal.

    The threshold is the best one on the training pictures, which favours the probe.
    """
    import torch  # noqa: PLC0415  # seconds to load
    from torch import nn  # noqa: PLC0415

    torch.manual_seed(0)
    inputs, targets = thumbnails(pictures), torch.from_numpy(truth).float()
    probe = nn.Linear(inputs.shape[1], targets.shape[1])
    optimiser = torch.optim.LBFGS(probe.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(probe(inputs), targets)
        loss = loss + 1e-4 * probe.weight.square().sum()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scores = torch.sigmoid(probe(inputs)).numpy()
        test_scores = torch.sigmoid(probe(thumbnails(test_pictures))).numpy()
    best = max(np.linspace(0.05, 0.5, 19), key=lambda cut: micro_f1(scores > cut, truth))
    return micro_f1(test_scores > best, test_truth)
