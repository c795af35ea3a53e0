"""Names: each is what the segment's profile justifies, and no two are the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.steps.naming import level_of, name_segments, short_names
from segmentry.steps.profiles import NumberProfile, Population, SegmentProfile


def segment(
    number: int, share: float, features: Sequence[str], z: Sequence[float]
) -> SegmentProfile:
    numbers = tuple(
        NumberProfile(name, value, value, 1.0, None, value)
        for name, value in zip(features, z, strict=True)
    )
    return SegmentProfile(number, 100, share, numbers, {})


def population(features: Sequence[str], *z: Sequence[float]) -> Population:
    """Equally large segments, whose means lie so many deviations from the population's."""
    everyone = segment(0, 1.0, features, [0.0] * len(features))
    segments = tuple(segment(i, 1 / len(z), features, own) for i, own in enumerate(z, 1))
    return Population(everyone, segments, tuple(features))


def names_of(features: Sequence[str], *z: Sequence[float]) -> list[str]:
    return [own.name for own in name_segments(population(features, *z))]


@pytest.mark.parametrize(
    ("z", "level"),
    [(-2, "Low"), (-0.51, "Low"), (-0.5, "Average"), (0.5, "Average"), (0.51, "High")],
)
def test_average_is_within_half_a_standard_deviation(z, level):
    assert level_of(z) == level


def test_the_mall_segments_are_named_as_published():
    headers = ("Annual Income (k$)", "Spending Score (1-100)")
    means = [(55.296, 49.519), (86.538, 82.128), (88.2, 17.114), (26.304, 20.913), (25.727, 79.364)]
    z = [((income - 60.56) / 26.199, (score - 50.2) / 25.759) for income, score in means]
    assert names_of(headers, *z) == [
        "Average Income, Average Spending",
        "High Income, High Spending",
        "High Income, Low Spending",
        "Low Income, Low Spending",
        "Low Income, High Spending",
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ("Annual Income (k$)", "Spending Score (1-100)"),
        ("recency_days", "orders", "revenue"),
        ("visits", "basket", "age"),
    ],
)
def test_names_do_not_depend_on_the_order_of_the_columns(headers):
    z = ([1.0, -1.0, 0.9], [-1.0, 1.0, -0.9], [1.0, 1.0, 0.1], [1.0, 1.0, 0.0])
    rows = [own[: len(headers)] for own in z]
    turned = names_of(headers[::-1], *(own[::-1] for own in rows))
    assert names_of(headers, *rows) == turned


def test_words_of_marketers_come_first_and_the_others_by_the_alphabet():
    names = names_of(("revenue", "orders", "recency_days"), (1, 1, -1), (-1, -1, 1))
    assert names[0] == "Recent, Frequent, High Revenue"
    assert names_of(("visits", "basket"), (1, -1), (-1, 1))[0] == "Low Basket, High Visits"


def test_a_single_segment_is_everybody():
    assert names_of(("a", "b"), (0.0, 0.0)) == ["All customers"]


def test_a_name_has_at_most_three_features_in_the_order_of_the_columns():
    assert names_of("abcde", (1, 1, 1, 1, 1), (-1, -1, -1, -1, -1)) == [
        "High A, High B, High C",
        "Low A, Low B, Low C",
    ]
    assert names_of("abcd", (1.0, 1.2, 1.1, 1.3), (-1.0, -1.2, -1.1, -1.3)) == [
        "High B, High C, High D",
        "Low B, Low C, Low D",
    ]


def test_a_feature_with_less_than_a_quarter_of_the_largest_share_is_left_out():
    # a share is the mean squared z: 4 for a, so that b counts from 1 on
    assert names_of("ab", (2, 0.99), (-2, -0.99)) == ["High A", "Low A"]
    assert names_of("ab", (2, 1), (-2, -1)) == ["High A, High B", "Low A, Low B"]


def test_segments_that_share_a_name_get_the_feature_in_which_they_differ_most():
    z = [(2.0, 0.6, 0.0), (2.0, -0.6, 0.0), (-2.0, 0.0, 0.7), (-2.0, 0.0, -0.7)]
    assert names_of("abc", *z) == [
        "High A, High B",
        "High A, Low B",
        "Low A, High C",
        "Low A, Low C",
    ]


def test_segments_that_still_share_a_name_get_finer_words():
    assert names_of("a", (1.6,), (0.8,), (-1.2,)) == ["Very High A", "High A", "Low A"]
    assert names_of("a", (-1.6,), (-0.8,), (1.2,)) == ["Very Low A", "Low A", "High A"]


def test_segments_that_even_then_share_a_name_are_told_by_their_order():
    assert names_of("a", (0.9,), (0.6,), (-1.5,)) == [
        "High A (Higher A)",
        "High A (Lower A)",
        "Low A",
    ]
    assert names_of("a", (0.8,), (0.6,), (1.0,))[:3] == [
        "High A (Middle A)",
        "High A (Lowest A)",
        "High A (Highest A)",
    ]
    assert names_of("a", (0.9,), (0.6,), (0.8,), (0.7,))[0] == "High A (4 of 4 in A)"


def test_levels_are_kept_for_every_feature_also_for_those_that_the_name_leaves_out():
    first = name_segments(population("ab", (2, 0.6), (-2, -0.6)))[0]
    assert (first.name, first.levels) == ("High A", {"a": "high", "b": "high"})


@pytest.mark.slow
@given(
    st.integers(1, 4).flatmap(
        lambda features: st.integers(1, 9).flatmap(
            lambda k: arrays(float, (k, features), elements=st.floats(-3, 3, width=16))
        )
    )
)
def test_no_two_names_are_the_same_and_none_is_empty(z):
    features = ["Annual Income (k$)", "Spending Score (1-100)", "Total", "Age"][: z.shape[1]]
    names = names_of(features, *z.tolist())
    assert all(name.strip() for name in names)
    assert len(set(names)) == len(names)


# ---------------------------------------------------------------- short names


@pytest.mark.parametrize(
    ("header", "short"),
    [
        ("Annual Income (k$)", "Income"),
        ("Spending Score (1-100)", "Spending"),
        ("total_revenue_eur", "Revenue"),
        ("NumWebVisits", "Web Visits"),
        ("Total Amount", "Total Amount"),
        ("average_order_value", "Order Value"),
        ("recency [days]", "Recency"),
        ("$$$", "$$$"),
    ],
)
def test_units_and_filler_words_are_stripped(header, short):
    assert short_names([header]) == {header: short}


def test_headers_that_would_become_the_same_stay_as_they_are():
    headers = ["Annual Income", "Total Income", "Age"]
    assert short_names(headers) == {
        "Annual Income": "Annual Income",
        "Total Income": "Total Income",
        "Age": "Age",
    }
