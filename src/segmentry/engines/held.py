"""An engine that a result holds, with its customers' rows, until it is closed."""

from __future__ import annotations

from segmentry.engines.contract import Engine
from segmentry.errors import InputError

__all__ = ["Held"]


class Held:
    """Holds an engine; ``fix`` is what to do where it is asked for after it was let go."""

    def __init__(self, engine: Engine, *, fix: str) -> None:
        self._engine: Engine | None = engine
        self._fix = fix

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises
        ------
        InputError
            If it was let go.
        """
        if self._engine is None:
            raise InputError(
                "This result was closed and has let go of its customers' rows.",
                self._fix,
                code="R00",
            )
        return self._engine

    def close(self) -> None:
        """Let go of the rows; a second time does nothing."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None
