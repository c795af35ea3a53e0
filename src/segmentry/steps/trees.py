"""A small decision tree on weighted points, grown best split first and cut back.

It is CART (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984) with
Gini's impurity, the leaf that gains most split next. Written in NumPy because importing
scikit-learn's takes longer than the whole run on a small file; a test holds the two equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Leaf", "grow", "readable"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_NOTHING = 1e-9
"""A split that gains less than this part of the weight gains nothing."""


@dataclass(frozen=True)
class Leaf:
    """A box of points that the tree gives one label.

    Attributes
    ----------
    bounds : dict of int to (float or None, float or None)
        For each feature that bounds the box: above the first, up to and with the second.
    counts : ndarray of shape (n_labels,)
        The weight of each label within.
    """

    bounds: Mapping[int, tuple[float | None, float | None]]
    counts: Floats

    @property
    def label(self) -> int:
        """The label with most weight; of equal ones the lower."""
        return int(np.argmax(self.counts))

    @property
    def right(self) -> float:
        """The weight that bears the leaf's own label."""
        return float(self.counts.max())


@dataclass(eq=False)
class _Node:
    """A leaf while the tree grows; an inner node once it has children."""

    rows: Integers
    leaf: Leaf
    split: _Split | None = None
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True)
class _Split:
    feature: int
    threshold: float
    gain: float


@dataclass(frozen=True)
class _Points:
    """The points, with each feature's values also as ranks: what all splits are searched in."""

    values: Floats
    labels: Integers
    weights: Floats
    kinds: int
    distinct: list[Floats]
    ranks: list[Integers]
    least: float
    slack: float

    def node(
        self, rows: Integers, bounds: Mapping[int, tuple[float | None, float | None]]
    ) -> _Node:
        counts = np.bincount(self.labels[rows], self.weights[rows], minlength=self.kinds)
        node = _Node(rows, Leaf(bounds, counts.astype(np.float64)))
        if counts.max() < counts.sum():
            found = [self._best(node, feature) for feature in range(self.values.shape[1])]
            node.split = max((own for own in found if own), key=lambda own: own.gain, default=None)
        return node

    def _best(self, node: _Node, feature: int) -> _Split | None:
        """The split of a node by one feature that lowers Gini's impurity most."""
        ranks, labels = self.ranks[feature][node.rows], self.labels[node.rows]
        size = len(self.distinct[feature])
        table = np.bincount(
            ranks * self.kinds + labels, self.weights[node.rows], minlength=size * self.kinds
        ).reshape(size, self.kinds)
        there = np.nonzero(np.bincount(ranks, minlength=size))[0]
        if len(there) < 2:
            return None
        below = np.cumsum(table[there], axis=0)
        total, below = below[-1], below[:-1]
        left = below.sum(axis=1)
        right = total.sum() - left
        pure = (below**2).sum(axis=1) / left + ((total - below) ** 2).sum(axis=1) / right
        gain = pure - float((total**2).sum() / total.sum())
        gain[(left < self.least) | (right < self.least)] = -np.inf
        best = int(np.argmax(gain))
        if gain[best] <= _NOTHING * total.sum():
            return None
        threshold = self._threshold(self.distinct[feature][there], left, best, right[0] + left[0])
        return _Split(feature, threshold, float(gain[best]))

    def _threshold(self, values: Floats, below: Floats, best: int, total: float) -> float:
        """The roundest number that parts the same points, but for the slack."""
        near = np.abs(below - below[best]) <= self.slack * total
        near &= (below >= self.least) & (total - below >= self.least)
        first = best - int(np.argmin(np.append(near[best::-1], False))) + 1
        last = best + int(np.argmin(np.append(near[best:], False))) - 1
        middle = (values[best] + values[best + 1]) / 2
        return readable(float(values[first]), float(values[last + 1]), float(middle))

    def divide(self, node: _Node) -> None:
        """Give a node its two children."""
        if node.split is None:  # pragma: no cover
            raise ValueError("a leaf that cannot be split")
        feature, threshold = node.split.feature, node.split.threshold
        lower, upper = node.leaf.bounds.get(feature, (None, None))
        low = self.values[node.rows, feature] <= threshold
        for rows, bounds in (
            (node.rows[low], (lower, threshold)),
            (node.rows[~low], (threshold, upper)),
        ):
            node.children.append(self.node(rows, {**node.leaf.bounds, feature: bounds}))


def grow(
    values: Floats,
    labels: Integers,
    weights: Floats,
    *,
    fidelity: float,
    most_leaves: int,
    least: float = 0.0,
    slack: float = 0.0,
) -> tuple[Leaf, ...]:
    """Grow a tree until it is faithful, then take back every split that it does not need.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        The points.
    labels : ndarray of shape (n,)
        What the tree has to tell, 0 and up.
    weights : ndarray of shape (n,)
        Of the points, above 0.
    fidelity : float
        The share of the weight that has to get its own label, 0 to 1. The tree also grows until
        each label has a leaf, if its weight is at least ``least``.
    most_leaves : int
        Where growth ends at the latest.
    least : float
        The least weight of a leaf.
    slack : float
        The share of a node's weight that may change sides for a rounder threshold.

    Returns
    -------
    tuple of Leaf
        From the lower side of the first split to its upper side.

    Examples
    --------
    >>> ages = np.array([[20.0], [38.0], [43.0], [60.0]])
    >>> leaves = grow(ages, np.array([0, 0, 1, 1]), np.ones(4), fidelity=1.0, most_leaves=9)
    >>> [own.bounds for own in leaves]
    [{0: (None, 40.0)}, {0: (40.0, None)}]
    """
    found = [np.unique(column, return_inverse=True) for column in values.T]
    points = _Points(
        values, labels, weights, int(labels.max()) + 1,
        [own for own, _ in found], [ranks for _, ranks in found], least, slack,
    )  # fmt: skip
    root = points.node(np.arange(len(values)), {})
    while not _faithful(root, fidelity, least):
        leaves = [own for own in _leaves(root) if own.split]
        if not leaves or sum(1 for _ in _leaves(root)) >= most_leaves:
            break
        points.divide(max(leaves, key=lambda own: own.split.gain if own.split else 0.0))
    _cut_back(root, fidelity, least)
    return tuple(own.leaf for own in _leaves(root))


def _leaves(node: _Node) -> Iterator[_Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _faithful(root: _Node, fidelity: float, least: float) -> bool:
    """Whether enough weight gets its own label, and each label has a leaf."""
    leaves = [own.leaf for own in _leaves(root)]
    total = root.leaf.counts
    if sum(own.right for own in leaves) < fidelity * total.sum():
        return False
    wanted = np.nonzero((total >= least) & (total > 0))[0]
    return {own.label for own in leaves} >= set(wanted.tolist())


def _cut_back(root: _Node, fidelity: float, least: float) -> None:
    """Take back splits, the one that costs least first, as long as the tree stays faithful.

    A tree that never became so loses only the splits that cost nothing.
    """
    while True:
        faithful = _faithful(root, fidelity, least)
        parents = sorted(_last_splits(root), key=_cost)
        if not any(_taken_back(own, root, fidelity, least, faithful) for own in parents):
            return


def _last_splits(node: _Node) -> Iterator[_Node]:
    if node.children and not any(own.children for own in node.children):
        yield node
    for child in node.children:
        yield from _last_splits(child)


def _cost(parent: _Node) -> float:
    return sum(own.leaf.right for own in parent.children) - parent.leaf.right


def _taken_back(parent: _Node, root: _Node, fidelity: float, least: float, faithful: bool) -> bool:
    children, cost = parent.children, _cost(parent)
    same = len({own.leaf.label for own in children}) == 1
    parent.children = []
    if same or (_faithful(root, fidelity, least) if faithful else cost <= 0):
        return True
    parent.children = children
    return False


def readable(low: float, high: float, middle: float) -> float:
    """Return the roundest number from ``low`` to below ``high``, of equals that nearest a middle.

    >>> readable(38.0, 43.0, 40.5), readable(69.0, 70.0, 69.5), readable(0.1234, 0.1299, 0.127)
    (40.0, 69.0, 0.125)
    """
    size = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    for power in range(size, size - 16, -1):
        for factor in (1.0, 0.5):
            step = factor * 10.0**power
            count = math.floor(middle / step)
            nearest = sorted((count, count + 1), key=lambda own: abs(own * step - middle))
            for own in nearest:
                number = float(f"{own * step:.12g}")
                if low <= number < high:
                    return number
    return low
