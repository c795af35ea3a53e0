"""Segmentry's steps from a file to a settled solution, as ``pipeline._find`` takes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from data_sets import ID, DataSet
from threadpoolctl import threadpool_limits

from segmentry.engines.duckdb import DuckDBEngine
from segmentry.progress import ignore
from segmentry.steps import compression, preparation, refinement, roles, selection, sources
from segmentry.steps.compression import Cells
from segmentry.steps.kmeans import Solution
from segmentry.steps.overview import overview
from segmentry.steps.preparation import Prepared as Features
from segmentry.steps.preparation import Preparing

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True)
class Prepared:
    """Customers as cells, ready for any seed."""

    engine: DuckDBEngine
    features: Features
    cells: Cells

    def elbow(self, last: int = 10, *, seed: int = 0) -> list[Solution]:
        """The best solutions found on the cells for k = 1..last."""
        with threadpool_limits(1):
            return selection.gather(self.cells, last, seed=seed, advance=ignore)

    def settled(self, solution: Solution, *, seed: int = 0) -> Solution:
        """The solution after more starts if need be, settled on all customers."""
        with threadpool_limits(1):
            confirmed = selection._confirmed(self.cells, solution, seed=seed)
        return refinement.refine(self.engine, self.features, self.cells, confirmed)


@contextmanager
def prepare(data: DataSet, path: Path) -> Iterator[Prepared]:
    """Read the file, measure the features, learn the plan, and turn customers into cells."""
    with DuckDBEngine() as engine:
        table = sources.open_source(path, engine)
        own = replace(table, columns=tuple(table.column(name) for name in data.features))
        columns = overview(own, engine)
        chosen = roles.Roles(tuple(roles.Role(name, "feature", "") for name in data.features))
        found = preparation.prepare(engine, own, columns, chosen, Preparing())
        yield Prepared(engine, found, compression.compress(engine, found, id=ID))
