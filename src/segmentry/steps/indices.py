"""Step 7c: how good are the segments of one solution? The field's indices, from the cells.

Where the cells are exact, each is what scikit-learn's function of the same name gives on the raw
rows; elsewhere the cells stand for their customers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution, nearest_two

__all__ = [
    "adjusted_rand",
    "calinski_harabasz",
    "center_silhouette",
    "classification_cost",
    "davies_bouldin",
    "moved_share",
    "overlaps",
]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def calinski_harabasz(*, total: float, inertia: float, customers: int, k: int) -> float | None:
    """Variance between segments over variance within, each by its degrees of freedom.

    Higher is better (Caliński and Harabasz 1974). ``total`` is the inertia of one segment. None
    where it is not defined: one segment, or as many as customers, or nothing left within.

    >>> calinski_harabasz(total=100.0, inertia=20.0, customers=12, k=2)
    40.0
    """
    if k < 2 or customers <= k or inertia <= 0:
        return None
    return (total - inertia) / (k - 1) / (inertia / (customers - k))


def davies_bouldin(cells: Cells, solution: Solution) -> float | None:
    """How much each segment is like the one most like it, on average; lower is better.

    Two segments are alike by the sum of their mean distances from their centres over the distance
    of the centres (Davies and Bouldin 1979). None for one segment.
    """
    k = solution.k
    if k < 2:
        return None
    _, nearest, _ = nearest_two(cells.points, solution.centers)
    reach = np.sqrt(nearest + cells.spreads / cells.weights) * cells.weights
    sizes = np.bincount(solution.labels, cells.weights, k)
    scatter = np.bincount(solution.labels, reach, k) / sizes
    apart = np.linalg.norm(solution.centers[:, None] - solution.centers[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(((scatter[:, None] + scatter[None]) / apart).max(axis=1).mean())


def center_silhouette(cells: Cells, solution: Solution) -> float | None:
    """The silhouette with distances to centres in place of mean distances to customers.

    Also called simplified silhouette (Vendramin, Campello and Hruschka 2010). None for one segment.
    """
    if solution.k < 2:
        return None
    _, own, other = nearest_two(cells.points, solution.centers)
    near, far = np.sqrt(own), np.sqrt(other)
    return float(np.average(1 - near / np.where(far > 0, far, 1.0), weights=cells.weights))


def classification_cost(
    cells: Cells, labels: Labels, k: int, *, floors: Floats, observations: float
) -> float:
    """How badly k Gaussians describe the segments, with the price of their parameters.

    Minus twice the classification log-likelihood (Celeux and Govaert 1992) of Gaussians with
    variances of their own along each feature, the customers of a segment being its members for
    certain, plus BIC's price for each free parameter; both per customer, less a constant. The
    lower, the better; what a single Gaussian costs less this is the *gain*. It sees segments of
    very unequal size and spread, where inertia and silhouette see little.

    Parameters
    ----------
    cells : Cells
        The weighted points.
    labels : ndarray of shape (n_cells,)
        The segment of each, 0..k-1.
    k : int
        Number of segments.
    floors : ndarray of shape (n_features,)
        Is added to every variance: that of an even spread over one step of a whole-number feature
        (Sheppard's correction), so that segments of one value are not infinitely likely.
    observations : float
        How many customers the price counts with.
    """
    weights, axes = cells.weights, cells.points.shape[1]
    sizes = np.bincount(labels, weights, k)
    filled = np.where(sizes > 0, sizes, 1.0)
    within = np.bincount(labels, cells.spreads, k) / axes
    cost = -2.0 * float(np.sum(sizes * np.log(filled / weights.sum())))
    for x, floor in zip(cells.points.T, floors, strict=True):
        means = np.bincount(labels, weights * x, k) / filled
        squares = np.bincount(labels, weights * (x - means[labels]) ** 2, k) + within
        spreads = np.maximum(squares / filled + floor, 1e-300)
        cost += float(np.sum(sizes * np.log(spreads)))
    parameters = 2 * k * axes + k - 1
    price = parameters * float(np.log(observations)) / observations
    return float(cost / weights.sum() + price)


# ---------------------------------------------------------------- two solutions beside each other


def overlaps(one: Labels, other: Labels, weights: Floats, k: int, other_k: int) -> Floats:
    """How many customers are in each segment of one solution and each of another."""
    counts: Floats = np.bincount(one * other_k + other, weights, k * other_k).astype(np.float64)
    return counts.reshape(k, other_k)


def moved_share(counts: Floats) -> float:
    """The share of the customers who leave the company that most of their segment keeps.

    >>> round(moved_share(np.array([[8.0, 2.0], [0.0, 10.0]])), 6)
    0.1
    """
    return float(1 - counts.max(axis=1).sum() / counts.sum())


def adjusted_rand(counts: Floats) -> float:
    """The adjusted Rand index of two solutions: 1 for the same, about 0 for unrelated ones.

    L. Hubert and P. Arabie, "Comparing partitions", 1985.

    Parameters
    ----------
    counts : ndarray of shape (k, other_k)
        As from :func:`overlaps`.

    Examples
    --------
    >>> adjusted_rand(np.array([[0.0, 5.0], [5.0, 0.0]]))
    1.0
    """

    def pairs(values: Floats) -> float:
        return float(np.sum(values * (values - 1) / 2))

    together, ours, theirs = pairs(counts), pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    chance = ours * theirs / pairs(counts.sum(keepdims=True))
    most = (ours + theirs) / 2
    return 1.0 if most == chance else (together - chance) / (most - chance)
