"""A table of customers with one column as people write it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

N = 40
DAYS = [datetime.date(2019, 1, 1) + datetime.timedelta(days=37 * i) for i in range(N)]


def table(name: str, cells: Iterable[str], *, extra: str = "") -> str:
    lines = [f'{1000 + 3 * i};"{cell}";{i % 7}{extra}' for i, cell in enumerate(cells)]
    return "\n".join([f"id;{name};visits{';spend' if extra else ''}", *lines]) + "\n"
