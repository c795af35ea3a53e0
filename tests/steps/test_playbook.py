"""The playbook: which play a segment gets, and what is wrong with a file that is none."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

import segmentry
from segmentry.errors import PlaybookError
from segmentry.sql import CELLS
from segmentry.steps.naming import SegmentName, name_segments
from segmentry.steps.playbook import (
    Play,
    advise,
    default_playbook,
    describe,
    read_playbook,
)
from segmentry.steps.profiles import Level, NumberProfile, Population, SegmentProfile

TEXTS = 'priority = "p"\nsummary = "s"\ncampaign = "c"\npricing = "p"\nexperience = "e"\n'
CONCEPTS = '[concepts]\nspending = ["spend", "revenue"]\nage = ["age"]\n'


def play(title: str, when: str = "{}") -> str:
    return f'[[play]]\nwhen = {when}\ntitle = "{title}"\n{TEXTS}'


def number(column: str, mean: float, z: float) -> NumberProfile:
    return NumberProfile(column, mean, mean, 1.0, None, z)


def plays_for(book, **levels: str) -> Play:
    """The play for a segment with these levels of these columns."""
    z = {"low": -1.0, "average": 0.0, "high": 1.0}
    own = SegmentProfile(1, 9, 1.0, tuple(number(k, 1.0, z[v]) for k, v in levels.items()), {})
    population = Population(own, (own, replace(own, segment=2)), tuple(levels))
    names = (SegmentName(1, "x", levels), SegmentName(2, "y", levels))
    found = advise(population, names, book)[0].play
    return replace(found, title=found.title.partition(" (")[0])


# ---------------------------------------------------------------- which play


@pytest.mark.parametrize(
    ("income", "spending", "title"),
    [
        ("high", "high", "VIP"),
        ("high", "low", "Untapped potential"),
        ("low", "high", "Promotion-minded fans"),
        ("low", "low", "Careful spenders"),
        ("average", "average", "The core"),
    ],
)
def test_the_default_playbook_has_the_five_plays_of_the_mall(income, spending, title):
    levels = {"Annual Income (k$)": income, "Spending Score (1-100)": spending}
    assert plays_for(read_playbook(), **levels).title == title


def test_not_a_primary_target_and_promotions_are_said_where_they_belong():
    book = read_playbook()
    assert plays_for(book, income="low", spending="low").priority == "not a primary target"
    fans = plays_for(book, income="low", spending="high")
    assert "promotions" in f"{fans.summary} {fans.campaign}".lower()


def test_the_default_playbook_has_a_complete_play_for_every_segment_of_any_data():
    book = read_playbook()
    columns = ["income", "spending", "recency", "frequency", "colour"]
    for levels in itertools.product(["low", "average", "high"], repeat=len(columns)):
        found = plays_for(book, **dict(zip(columns, levels, strict=True)))
        texts = (found.title, found.priority, found.summary, found.campaign, found.pricing)
        assert all([*texts, found.experience])
        assert found.title != "No play"


def test_the_first_play_whose_conditions_all_hold_is_taken(write):
    text = CONCEPTS + play("both", '{ spending = "high", age = "low" }')
    text += play("some", '{ spending = ["average", "high"] }') + play("rest")
    book = read_playbook(write("book.toml", text))
    assert plays_for(book, total_spend="high", Age="low").title == "both"
    assert plays_for(book, total_spend="average", Age="low").title == "some"
    assert plays_for(book, total_spend="low", Age="low").title == "rest"
    assert plays_for(book, Age="low").title == "rest"


def test_a_word_of_the_header_tells_the_concept_and_the_first_column_counts(write):
    book = read_playbook(write("b.toml", CONCEPTS + play("yes", '{ spending = "HIGH" }')))
    assert plays_for(book, **{"Revenue (EUR)": "high"}).title == "yes"
    assert plays_for(book, spend_2023="low", spend_2024="high").title == "No play"
    assert plays_for(book, spender="high").title == "No play"


@pytest.mark.slow
def test_a_copy_of_the_default_can_be_edited_and_passed(mall, write):
    text = default_playbook().read_text(encoding="utf-8").replace('"VIP"', '"Stars"')
    book = write("mine.toml", text.encode("utf-8-sig"))
    with segmentry.segment(mall, k=5, playbook=book) as result:
        assert [own.play.title for own in result.found.advice][1] == "Stars"
        assert result.summary["options"]["playbook"] == "mine.toml"


# ---------------------------------------------------------------- what is said of a segment


def test_a_description_holds_size_share_and_each_feature_against_all():
    features = ("spend", "visits")
    everyone = SegmentProfile(0, 8, 1.0, (number("spend", 40.5, 0), number("visits", 3.15, 0)), {})
    numbers = (number("spend", 62.5, 1.5), number("visits", 3.25, 0.1), number("Age", 36, 0.2))
    own = SegmentProfile(1, 2, 0.25, numbers, {"Gender": (Level("Female", 0.75, 134.0),)})
    population = Population(everyone, (own, own), features)
    text = describe(population, own, name_segments(population)[0])
    assert "2 customers" in text
    assert "25" in text
    assert "spend is 62.5 on average, above the 40.5 of all" in text
    assert "visits is 3.25 on average, close to the 3.15 of all" in text
    assert text.endswith("Typical: Age 36, Gender Female (75 %).")


def test_segments_with_the_same_play_are_told_apart_by_what_they_differ_in():
    rows = [{"income": -1.0, "spending": 1.0}, {"income": -0.9, "spending": 2.0}]
    segments = tuple(
        SegmentProfile(i, 9, 0.5, tuple(number(k, 1.0, z) for k, z in row.items()), {})
        for i, row in enumerate(rows, 1)
    )
    population = Population(segments[0], segments, ("income", "spending"))
    titles = [own.play.title for own in advise(
        population, name_segments(population), read_playbook()
    )]  # fmt: skip
    assert titles == [
        "Promotion-minded fans (Lower Spending)", "Promotion-minded fans (Higher Spending)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "title", "said"),
    [
        ({"Can't Lose Them": 97, "At Risk": 3}, "Can't Lose Them", "agree: 97 % Can't Lose Them"),
        ({"New": 50, "Promising": 46, "Loyal": 4}, "VIP", "mixed (50 % New, 46 % Promising)"),
        ({"New": 4, "Loyal": 3}, "VIP", ""),
    ],
)
def test_an_rfm_cell_with_two_thirds_of_a_segment_says_what_to_do(cells, title, said):
    high, low = (
        SegmentProfile(i, 9, 0.5, (number("income", 1.0, z), number("spending", 1.0, z)), {})
        for i, z in ((1, 1.0), (2, -1.0))
    )
    population = Population(high, (high, low), ("income", "spending"))
    names = name_segments(population)
    advice = advise(population, names, read_playbook(), cells={1: cells})
    assert advice[0].play.title == title
    assert said in advice[0].description
    assert ("RFM cells" in advice[0].description) == bool(said)
    assert advice[1].play.title == "Careful spenders"


@pytest.mark.slow
def test_one_segment_that_holds_all_is_neither_asleep_nor_close_to_itself(write):
    rows = "".join(f"c{i},{7 * i % 90 + 1},{i % 6 + 1},{13 * i % 50 + 20}\n" for i in range(60))
    shop = write("shop.csv", "customer_id,recency_days,orders,revenue\n" + rows)
    features = ["recency_days", "orders", "revenue"]
    with segmentry.segment(shop, k=1, features=features) as result:
        advice = result.found.advice[0]
    assert advice.play == read_playbook().everyone
    assert "close to" not in advice.description
    assert "of all" not in advice.description
    assert "60 customers (100.0 %)" in advice.description


@pytest.mark.slow
def test_what_to_do_about_one_segment_can_be_edited(mall, write):
    text = default_playbook().read_text(encoding="utf-8").replace("No groups to tell", "One")
    with segmentry.segment(mall, k=1, playbook=write("mine.toml", text)) as result:
        assert result.found.advice[0].play.title == "One apart"
    without = write("short.toml", play("All"))
    assert read_playbook(without).everyone == read_playbook().everyone


# ---------------------------------------------------------------- files that are no playbook


def test_a_playbook_that_is_not_there_is_told_with_how_to_get_one(tmp_path):
    with pytest.raises(PlaybookError) as caught:
        read_playbook(tmp_path / "nope.toml")
    assert caught.value.code == "R90"
    assert "nope.toml cannot be read: No such file" in caught.value.what
    assert "segmentry playbook > my-playbook.toml" in caught.value.fix


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = [", "Invalid value"),
        ("income: high\n", "line 1"),
        (b"\xff\xfe", "utf-8"),
        ("", "[[play]]"),
        ("[play]\n", "[[play]]"),
        ("play = [3]\n", "play 1 is not a table"),
        ("concepts = 3\n" + play("x"), "[concepts]"),
        ("[concepts]\nspending = 3\n" + play("x"), "concept 'spending' must be a list of words"),
        (CONCEPTS + play("x", '{ spend = "high" }'), "unknown concept 'spend'"),
        (CONCEPTS + play("x", '{ spending = "medium" }'), "a level is low, average or high"),
        (CONCEPTS + play("x", "{ spending = 3 }"), "the level of 'spending' must be a list"),
        (CONCEPTS + play("x", "{ spending = [1] }"), "the level of 'spending' must be a list"),
        (CONCEPTS + play("x", '"high"'), '"when" must be a table'),
        (CONCEPTS + play("x") + play("y").replace("title", "name"), 'play 2 has no text "title"'),
        (CONCEPTS + play("x").replace('"x"', "3"), 'play 1 has no text "title"'),
        ("everyone = 3\n" + play("x"), "[everyone] must be a table of texts"),
        (play("x") + '[everyone]\ntitle = "y"\n', '[everyone] has no text "priority"'),
    ],
)
def test_what_is_wrong_with_a_playbook_is_told(write, content, said):
    with pytest.raises(PlaybookError) as caught:
        read_playbook(write("book.toml", content))
    assert caught.value.code == "R90"
    assert said in caught.value.what


def test_a_playbook_is_read_before_the_customers_are(tmp_path):
    with pytest.raises(PlaybookError):
        segmentry.segment(tmp_path / "nope.csv", playbook=tmp_path / "nope.toml")


def test_the_playbook_says_what_to_do_about_each_of_the_ten_rfm_cells():
    cells = read_playbook().cells
    assert set(cells) == set(CELLS)
    for cell in cells.values():
        assert all(len(text) > 5 for text in cell.actions().values())


def test_a_playbook_may_change_one_cell_and_keeps_the_others(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(f'{play("All")}[[cell]]\nname = "At Risk"\n{TEXTS}')
    cells = read_playbook(own).cells
    assert cells["At Risk"].priority == "p"
    assert cells["Champions"] == read_playbook().cells["Champions"]


@pytest.mark.parametrize("name", ["Champion", "", "At Risk"])
def test_a_cell_that_is_none_of_the_ten_or_comes_twice_is_refused(tmp_path, name):
    own = tmp_path / "own.toml"
    cells = "".join(f'[[cell]]\nname = "{each}"\n{TEXTS}' for each in ("At Risk", name))
    own.write_text(play("All") + cells)
    with pytest.raises(PlaybookError, match="cell 2 needs a name of its own among Champions"):
        read_playbook(own)
