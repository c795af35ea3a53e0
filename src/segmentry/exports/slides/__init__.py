"""The run as PowerPoint slides whose charts are PowerPoint's own, to be edited."""

from segmentry.exports.slides.writing import write_slides

__all__ = ["write_slides"]
