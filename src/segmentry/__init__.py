"""Segmentry turns a table of customers into a few named segments, and says how far to trust them.

>>> import segmentry
>>> result = segmentry.segment(segmentry.datasets.mall_customers_path())
>>> [own.name for own in result.model.segments][0]
'Average Income, Average Spending'

Names are resolved when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from segmentry.version import __version__

if TYPE_CHECKING:
    from segmentry import datasets as datasets
    from segmentry.errors import DataWarning as DataWarning
    from segmentry.errors import InputError as InputError
    from segmentry.errors import OutputError as OutputError
    from segmentry.errors import ResourceError as ResourceError
    from segmentry.errors import SegmentryError as SegmentryError
    from segmentry.estimator import Segmenter as Segmenter
    from segmentry.exploration import Exploration as Exploration
    from segmentry.exploration import explore as explore
    from segmentry.pipeline import segment as segment
    from segmentry.scorer import Model as Model
    from segmentry.scorer import load as load
    from segmentry.segmentation import Segmentation as Segmentation
    from segmentry.transactions import RFM as RFM
    from segmentry.transactions import rfm as rfm

_HOMES = {
    "DataWarning": "segmentry.errors",
    "Exploration": "segmentry.exploration",
    "InputError": "segmentry.errors",
    "Model": "segmentry.scorer",
    "OutputError": "segmentry.errors",
    "RFM": "segmentry.transactions",
    "ResourceError": "segmentry.errors",
    "Segmentation": "segmentry.segmentation",
    "SegmentryError": "segmentry.errors",
    "Segmenter": "segmentry.estimator",
    "explore": "segmentry.exploration",
    "load": "segmentry.scorer",
    "rfm": "segmentry.transactions",
    "segment": "segmentry.pipeline",
}

__all__ = ["__version__", "datasets", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return importlib.import_module("segmentry.datasets")
    if name not in _HOMES:
        raise AttributeError(f"module 'segmentry' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
