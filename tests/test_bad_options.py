"""Options and columns that make no sense get two lines that say so, with what would."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from refusals import HEADER, ROWS, refusal

# ---------------------------------------------------------------- B2: names


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,a,a", 'columns 2 and 3 are both "a"'),
        ("id, a ,a", 'columns 2 and 3 are both "a"'),
        ("Age,a,age", 'columns 1 and 3 are "Age" and "age", one name but for case'),
    ],
)
def test_two_columns_of_one_name_are_told_by_their_places(write, tmp_path, header, said):
    error = refusal(write("t.csv", header + "\n" + ROWS))
    assert (error.code, said in error.what) == ("R23", True)
    names = [name.strip() for name in header.split(",")]
    if len(set(names)) == 3:
        pq.write_table(pa.table({name: [1, 2] for name in names}), tmp_path / "t.parquet")
        assert said in refusal(tmp_path / "t.parquet").what


@pytest.mark.slow
@pytest.mark.parametrize("option", ["features", "profile", "id"])
def test_an_unknown_column_is_told_with_the_nearest_names_and_all_of_them(write, option):
    wanted = "Basket" if option == "id" else ["Basket"]
    error = refusal(write("t.csv", HEADER + ROWS), **{option: wanted})
    assert error.code == "R25"
    assert isinstance(error, LookupError)
    assert error.what == "t.csv has no column 'Basket'."
    assert error.fix == "Did you mean 'basket'? The columns are: id, visits, basket."


def test_a_column_that_is_like_no_other_is_told_with_the_option_and_what_it_takes(write):
    error = refusal(write("t.csv", HEADER + ROWS), features=["zzzz"])
    assert error.fix.startswith("--features ")
    assert error.fix.endswith(": 'id', 'visits', 'basket'.")


@pytest.mark.slow
def test_a_column_named_for_two_roles_is_told(write):
    error = refusal(write("t.csv", HEADER + ROWS), features=["visits"], profile=["visits"])
    assert (error.code, error.what) == ("R25", "'visits' is named as feature and as profile.")


# ---------------------------------------------------------------- B3: features


@pytest.mark.slow
def test_a_feature_of_words_is_told_with_examples(write):
    rows = "".join(f"{i},{i},level {i % 3}\n" for i in range(1, 31))
    error = refusal(write("t.csv", HEADER + rows), features=["visits", "basket"])
    assert error.code == "R32"
    assert "Feature 'basket' is not a number (line 2: 'level 1', line 3: 'level 2'" in error.what


@pytest.mark.slow
@pytest.mark.parametrize("name", ["email", "login", "Phone", "first_name", "customer_id"])
def test_cells_of_a_contact_or_id_column_are_in_no_error(write, name):
    cells = "".join(f"{i},person{i}@shop.example,{i}\n" for i in range(1, 31))
    error = refusal(write("t.csv", f"key,{name},a\n{cells}"), features=[name])
    assert (error.code, "person" in str(error)) == ("R32", False)


@pytest.mark.slow
def test_where_no_column_is_usable_every_one_is_listed_with_its_reason(write):
    cells = "".join(f"{i},{'mf'[i % 2]},{i % 9},5,,x{i}\n" for i in range(1, 101))
    error = refusal(write("t.csv", "id,gender,age,shop,note,comment\n" + cells))
    assert error.code == "R37"
    assert "id: id, names each customer" in error.what
    assert "gender: profile, text with 2 levels" in error.what
    assert "age: profile, demographic by its name" in error.what
    assert "shop: ignored, the same value in every row" in error.what
    assert "note: ignored, empty" in error.what
    assert "comment: ignored, text with 100 different values" in error.what
    assert error.fix == "Name the columns to cluster on, for example --features 'age'."


@pytest.mark.slow
def test_an_empty_feature_is_told(write):
    cells = "".join(f"{i},,{i}\n" for i in range(1, 31))
    error = refusal(write("t.csv", HEADER + cells), features=["visits", "basket"], missing="drop")
    assert (error.code, error.what) == ("R37", "Feature 'visits' is empty in all 30 rows.")


@pytest.mark.slow
def test_features_that_nobody_has_all_of_are_told(write):
    cells = "".join(f"{i},{i},\n{i + 100},,{i}\n" for i in range(1, 31))
    error = refusal(write("t.csv", HEADER + cells), features=["visits", "basket"], missing="drop")
    assert error.what == "No customer has a value in all of: visits, basket."


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["1e200", "-2e101", "9" * 150])
def test_a_number_that_is_too_large_is_told_with_its_row(write, cell):
    error = refusal(write("t.csv", HEADER + ROWS + f"41,{cell},3\n"))
    assert (error.code, error.what) == (
        "R35",
        "Feature 'visits' holds a number beyond 1e100 in line 42.",
    )


# ---------------------------------------------------------------- B4: clustering


@pytest.mark.parametrize("k", ["auto", 2])
def test_identical_customers_are_told(write, k):
    cells = "".join(f"{i},5,6\n" for i in range(1, 641))
    error = refusal(write("t.csv", HEADER + cells), features=["visits", "basket"], k=k)
    assert (error.code, "All 640 rows are identical" in error.what) == ("R41", True)


@pytest.mark.slow
def test_more_segments_than_distinct_customers_are_told_with_the_largest_possible(write):
    cells = "".join(f"{i},{i % 2},{i % 4 // 2}\n" for i in range(1, 41))
    error = refusal(write("t.csv", HEADER + cells), features=["visits", "basket"], k=6)
    assert (error.code, error.fix) == ("R42", "The largest possible k is 4.")
    assert "k=6, but there are only 4 distinct customers" in error.what


@pytest.mark.parametrize("k", [0, -3, 2.5, "five", "3", True, None])
def test_what_is_no_number_of_segments_is_told(mall, k):
    error = refusal(mall, k=k)
    assert (error.code, f"k={k!r}" in error.what) == ("R43", True)


@pytest.mark.parametrize("k_max", [0, -1, 2.5, "ten", True])
def test_what_is_no_largest_number_of_segments_is_told(mall, k_max):
    error = refusal(mall, k_max=k_max)
    assert (error.code, "auto" in error.fix) == ("R43", False)


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["robust", None, 1])
def test_an_unknown_scale_is_told_with_the_known_ones(mall, scale):
    error = refusal(mall, scale=scale)
    assert (error.code, error.fix) == ("R46", "Choose auto, none or zscore.")


def test_a_feature_that_is_given_two_weights_is_told(command, mall):
    done = command("run", mall, "--feature-weight", "Age=2", "--feature-weight", "Age=3")
    assert done.code == 2
    assert done.stderr.startswith("Error [R46]: --feature-weight gives 'Age' two weights.\nFix: ")


@pytest.mark.parametrize("seed", ["a", 1.5, None, True, -1])
def test_a_seed_that_is_no_whole_number_is_told(mall, seed):
    assert f"seed={seed!r}" in refusal(mall, seed=seed).what
