"""How far a run is: its steps in words, the share that is done, and the time left."""

from __future__ import annotations

from dataclasses import dataclass

from segmentry.progress import STEPS

__all__ = ["Standing", "standing"]

_OF_RUN = ("read", "explore", "prepare", "elbow", "settle", "describe")
_OF_ORDERS = ("read", "orders", *_OF_RUN[1:])
_ENOUGH = 0.12


@dataclass(frozen=True)
class Standing:
    """Where a run is.

    Attributes
    ----------
    steps : tuple of (str, str)
        Each step in words, and ``done``, ``now`` or ``later``.
    share : float
        Of the whole, 0 to 1.
    seconds_left : float or None
        None as long as a guess would be worth nothing. It never grows.
    late : bool
        Whether it takes longer than was promised before.
    """

    steps: tuple[tuple[str, str], ...]
    share: float
    seconds_left: float | None
    late: bool = False


def standing(
    step: str, share: float, elapsed: float, *, orders: bool = False, promised: float | None = None
) -> Standing:
    """Say where a run is.

    What was promised is kept to: where more time seems to be left than that, it is late.

    >>> standing("elbow", 0.5, 1.0).share
    0.5147058823529411
    >>> early, later = standing("elbow", 0.5, 1.0), standing("elbow", 0.5, 9.0, promised=0.9)
    >>> f"{early.seconds_left:.1f} {early.late}, {later.seconds_left:.1f} {later.late}"
    '0.9 False, 0.9 True'
    """
    steps = {name: STEPS[name] for name in (_OF_ORDERS if orders else _OF_RUN)}
    whole = sum(weight for _, weight in steps.values())
    names = list(steps)
    at = names.index(step) if step in names else -1 if not step else len(names)
    before = sum(steps[name][1] for name in names[: max(at, 0)])
    own = steps[step][1] * share if step in steps else 0.0
    done = min(0.99, (before + own) / whole)
    told = tuple(
        (words, "done" if i < at else "now" if i == at else "later")
        for i, (words, _) in enumerate(steps.values())
    )
    left = elapsed * (1 - done) / done if done > _ENOUGH else None
    if left is None or promised is None:
        return Standing(told, done, left if left is not None else promised)
    return Standing(told, done, min(left, promised), late=left > 1.5 * promised + 1)
