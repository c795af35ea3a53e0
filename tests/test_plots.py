"""The figures: their numbers, and that they can be drawn anywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import segmentry
from segmentry.plots import displays, to_png, to_svg


@pytest.fixture(scope="module")
def result(mall):
    return segmentry.segment(mall)


def test_each_figure_has_the_numbers_that_it_shows(result):
    frames = {name: own.frame() for name, own in displays(result.found).items()}
    assert list(frames) == ["elbow", "silhouette", "segments", "profile", "distributions", "trust"]
    assert frames["elbow"]["inertia"].iloc[4] == pytest.approx(44_448.4554, abs=0.01)
    assert frames["silhouette"]["silhouette"].idxmax() == 3
    assert frames["segments"]["customers"].sum() == 200
    assert len(frames["profile"]) == 5 * 3
    assert frames["distributions"]["customers"].sum() == 2 * 200
    assert frames["trust"]["reading"].tolist() == ["highly stable"] * 5


@pytest.mark.slow
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


@pytest.mark.slow
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


# ---------------------------------------------------------------- many customers


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    rng = np.random.RandomState(3)
    group = rng.randint(0, 3, 4_000)
    return pd.DataFrame(
        {
            "visits": np.array([5.0, 20.0, 40.0])[group] + rng.randn(4_000),
            "revenue": np.exp(np.array([2.0, 4.0, 6.0])[group] + 0.5 * rng.randn(4_000)),
        }
    )


@pytest.mark.slow
def test_many_customers_are_shown_by_how_dense_they_lie_and_nobody_alone(many):
    result = segmentry.segment(many, k=3)
    density = result.found.density
    assert density.columns == ("visits", "revenue")
    assert density.counts.shape == (80, 120, 3)
    assert 0.995 * len(many) < density.counts.sum() <= len(many)
    segments = result.assign()["segment"].to_numpy()
    for segment in (1, 2, 3):
        theirs, _, _ = np.histogram2d(
            many["revenue"][segments == segment],
            many["visits"][segments == segment],
            bins=(density.edges[1], density.edges[0]),
        )
        assert np.abs(theirs - density.counts[:, :, segment - 1]).sum() <= 4
    figure = result.plot_segments().figure()
    (mesh,) = [own for own in figure.axes[0].collections if type(own).__name__ == "QuadMesh"]
    opacity = np.asarray(mesh.get_array())[:, :, 3]
    assert (opacity[density.counts.sum(axis=2) < 5] == 0).all()
    assert figure.axes[0].get_yscale() == "function"
    assert len(result.plot_segments()._repr_svg_()) < 300_000


@pytest.mark.slow
def test_a_single_feature_of_many_customers_has_a_map_too(many):
    result = segmentry.segment(many, features=["visits"], k=3)
    assert result.found.density.counts.shape == (1, 120, 3)
    assert result.plot_segments()._repr_svg_().startswith("<?xml")


@pytest.mark.slow
def test_few_customers_are_dots(mall):
    assert segmentry.segment(mall, k=2).found.density is None
