"""The figures: their numbers, and that they can be drawn anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import segmentry
from segmentry.plots import displays, to_png, to_svg


@pytest.fixture(scope="module")
def result(mall):
    return segmentry.segment(mall)


def test_each_figure_has_the_numbers_that_it_shows(result):
    frames = {name: own.frame() for name, own in displays(result.found).items()}
    assert list(frames) == ["elbow", "silhouette", "segments", "profile", "distributions"]
    assert frames["elbow"]["inertia"].iloc[4] == pytest.approx(44_448.4554, abs=0.01)
    assert frames["silhouette"]["silhouette"].idxmax() == 3
    assert frames["segments"]["customers"].sum() == 200
    assert len(frames["profile"]) == 5 * 3
    assert frames["distributions"]["customers"].sum() == 2 * 200


def test_the_same_figure_gives_the_same_bytes_whatever_theme_is_set(result):
    import matplotlib as mpl

    one = to_svg(result.plot_elbow().figure())
    with mpl.rc_context({"font.size": 33, "xtick.labelsize": 30, "axes.facecolor": "black"}):
        two = to_svg(result.plot_elbow().figure())
    assert one == two
    assert to_png(result.plot_elbow().figure())[:4] == b"\x89PNG"


@pytest.mark.parametrize("name", ["elbow", "silhouette", "segments", "profile", "distributions"])
def test_each_figure_can_be_drawn_into_axes_of_ones_own(result, name):
    axes = Figure().add_subplot()
    assert getattr(result, f"plot_{name}")(axes) is axes
    assert axes.get_title()


def test_no_label_of_a_figure_lies_outside_it(result):
    for name, display in displays(result.found).items():
        figure = display.figure()
        figure.draw_without_rendering()
        box = figure.bbox
        for axes in figure.axes:
            for text in [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]:
                place = text.get_window_extent()
                if text.get_text():
                    assert box.x0 - 1 <= place.x0 <= place.x1 <= box.x1 + 1, (name, text)
                    assert box.y0 - 1 <= place.y0 <= place.y1 <= box.y1 + 1, (name, text)


@pytest.mark.slow
def test_many_customers_are_drawn_as_a_bounded_picture():
    import pandas as pd

    rng = np.random.RandomState(0)
    table = pd.DataFrame(rng.randn(8_000, 2), columns=["spend", "visits"])
    result = segmentry.segment(table, k=3)
    assert len(to_svg(result.plot_segments().figure())) < 1_000_000
