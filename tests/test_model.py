"""The model file: it comes back as it went, holds nobody, and is refused where it is damaged."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest

import segmentry
from commands import assert_two_lines
from segmentry.errors import ColumnError, FeatureError, ModelFileError, SourceNotFoundError
from segmentry.model import FORMAT, _checksum, from_json, load_model, to_json

GOLDEN = Path(__file__).parent / "golden"
INCOME, SPENDING = "Annual Income (k$)", "Spending Score (1-100)"


@pytest.fixture
def document(model_json) -> dict:
    """What the model file holds, to be spoilt."""
    return json.loads(model_json.read_text(encoding="utf-8"))


def sealed(document: dict) -> str:
    """The document with a checksum that fits."""
    return json.dumps({**document, "checksum": _checksum(document["model"])})


def refusal(text: str | bytes) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        from_json(text, name="model.json")
    assert caught.value.what.startswith("model.json")
    assert caught.value.exit_code == 2
    return caught.value


# ---------------------------------------------------------------- there and back


def test_a_model_comes_back_as_it_went_to_the_last_bit(model_json, tmp_path):
    model = load_model(model_json)
    assert from_json(to_json(model)) == model
    model.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == model_json.read_bytes()


def test_the_file_says_its_format_and_holds_plan_centres_and_names(document):
    assert document["format"] == FORMAT == 2
    assert document["made_by"] == f"segmentry {segmentry.__version__}"
    model = document["model"]
    assert [own["name"] for own in model["plan"]["features"]] == [INCOME, SPENDING]
    assert [own["customers"] for own in model["segments"]] == [81, 39, 35, 23, 22]
    assert model["segments"][0]["name"] == "Average Income, Average Spending"
    assert model["segments"][0]["name_locked"] is False
    assert model["segments"][1]["center"] == pytest.approx([86.5385, 82.1282], abs=1e-4)
    assert model["id_column"] == "CustomerID"


@pytest.mark.slow
def test_a_model_of_format_1_still_scores_as_it_did(mall):
    old = segmentry.load(GOLDEN / "model-1.json")
    now = segmentry.segment(mall)
    assert json.loads((GOLDEN / "model-1.json").read_text())["format"] == 1
    assert old.model.plan.categories == ()
    assert old.assign(mall).equals(now.assign())


def test_the_baseline_holds_deciles_and_the_shares_between_them(document):
    income = document["model"]["baseline"][0]
    assert income["feature"] == INCOME
    assert income["edges"][4] == 61.5
    assert len(income["shares"]) == len(income["edges"]) + 1 == 10
    assert sum(income["shares"]) == pytest.approx(1)
    assert income["whole"] is True
    assert all(not own.whole for own in segmentry.load(GOLDEN / "model-1.json").model.baseline)


def test_a_file_that_is_laid_out_otherwise_is_still_sound(document):
    assert from_json(json.dumps(document)) == from_json(json.dumps(document, indent=7))


@pytest.mark.slow
def test_a_model_holds_no_customer(tmp_path):
    n = 120
    customers = pd.DataFrame({
        "id": [f"ID-{i:04}" for i in range(n)],
        "email": [f"jane{i}@shop.example" for i in range(n)],
        "town": [f"Town-{i % 30}" for i in range(n)],
        "spend": [100.0 * (i % 4) + i % 7 for i in range(n)],
        "visits": [10.0 * (i % 4) + i % 5 for i in range(n)],
    })  # fmt: skip
    with segmentry.segment(customers, k=4) as result:
        result.save(tmp_path / "model.json")
        text = (tmp_path / "model.json").read_text()
        summary = json.dumps(result.summary)
    assert not any(own in text + summary for own in ("ID-0", "jane", "@shop"))
    assert "Town-" not in text


# ---------------------------------------------------------------- damaged files


@pytest.mark.parametrize("length", [0, 1, 300, -2])
def test_a_file_that_is_cut_off_is_told(model_json, length):
    assert refusal(model_json.read_bytes()[:length]).code == "M53"


@pytest.mark.parametrize(
    "text",
    [
        "null", "3", "[]", "{}", '{"format": 1}', "not JSON", b"\xff\xfe\x00", "[" * 100_000,
        "1" * 5000, '{"format": 1, "format": 1, "model": {}}', '{"a": NaN}', '{"a": -Infinity}',
    ],
    ids=lambda text: str(text[:12]),
)  # fmt: skip
def test_what_is_no_model_is_told(text):
    assert refusal(text).code == "M53"


def test_twin_keys_and_nan_are_named(model_json):
    text = model_json.read_text(encoding="utf-8")
    twins = text.replace('"id_column"', '"id_column": null, "id_column"', 1)
    assert "a key appears twice" in refusal(twins).what
    nan = text.replace('"inertia": ', '"inertia": NaN, "other": ', 1)
    assert "NaN is not a number" in refusal(nan).what


def test_a_number_of_a_million_digits_is_told_without_advice_about_python(model_json):
    error = refusal(
        model_json.read_text().replace('"customers": 200', '"customers": ' + "9" * 5000)
    )
    assert (error.code, "a number has 5,000 digits" in error.what) == ("M53", True)
    assert "sys." not in str(error)


def test_a_changed_figure_breaks_the_checksum(model_json):
    text = model_json.read_text(encoding="utf-8")
    error = refusal(text.replace('"customers": 81', '"customers": 82'))
    assert (error.code, "checksum mismatch" in error.what) == ("M53", True)
    assert refusal(text.replace("sha256:", "sha255:")).code == "M53"


@pytest.mark.parametrize("number", [3, 0, "1", 1.0, True, None])
def test_another_format_is_told_with_the_formats_that_can_be_read(document, number):
    error = refusal(sealed({**document, "format": number}))
    assert (error.code, f"format {number!r}" in error.what) == ("M54", True)
    assert "Upgrade" in error.fix


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/segments/2/center/1", "5"),
        ("/segments/2/center/1", True),
        ("/segments/2/center/1", None),
        ("/segments/2/center", [1.0]),
        ("/segments/2/mean", [1.0, 2.0, 3.0]),
        ("/segments/1/segment", 7),
        ("/segments/0/name", 3),
        ("/segments/0/customers", 1.5),
        ("/segments", []),
        ("/plan/features", []),
        ("/plan/features/0/scale", 0.0),
        ("/plan/features/1/scale", -1.0),
        ("/plan/features/0/center", "0"),
        ("/plan/scaling", "robust"),
        ("/baseline/0/feature", "Age"),
        ("/baseline/1/shares", [1.0]),
        ("/inertia", "many"),
        ("/unknown", 1),
        ("/id_column", INCOME),
        ("/customers", 201),
        ("/segments/0/share", 9.0),
        ("/segments/3/customers", -5),
        ("/segments/0/name", " "),
        ("/segments/0/name", "x" * 1_000_000),
        ("/segments/2/name", "Average Income, Average Spending"),
        ("/segments/1/center/1", 1e300),
        ("/plan/features/0/scale", 1e-320),
        ("/orders", {"as_of": "zz"}),
    ],
)
def test_a_fault_within_is_told_by_its_json_pointer(document, pointer, value):
    *way, last = [int(part) if part.isdigit() else part for part in pointer[1:].split("/")]
    place = document["model"]
    for part in way:
        place = place[part]
    place[last] = value
    error = refusal(sealed(document))
    assert (error.code, f": {pointer}" in error.what) == ("M55", True), error.what


@pytest.mark.parametrize("key", ["plan", "segments", "customers", "silhouette"])
def test_a_part_that_is_not_there_is_told(document, key):
    spoilt = copy.deepcopy(document)
    del spoilt["model"][key]
    assert f": /{key}: " in refusal(sealed(spoilt)).what


def test_a_feature_that_appears_twice_is_told(document):
    document["model"]["plan"]["features"][1]["name"] = INCOME
    assert "/plan/features" in refusal(sealed(document)).what


# ---------------------------------------------------------------- files that are never opened


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("trapped"),))


@pytest.mark.parametrize("name", ["m.joblib", "m.pkl", "m.pickle", "m.skops", "m.json"])
def test_a_pickle_is_refused_unopened_whatever_it_is_called(write, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = write(name, pickle.dumps(Trap()))
    with pytest.raises(ModelFileError) as caught:
        segmentry.load(path)
    assert (caught.value.code, "pickle files can run code" in caught.value.what) == ("M57", True)
    assert not (tmp_path / "trapped").exists()


def test_a_model_that_is_not_there_or_a_folder_is_told(tmp_path):
    with pytest.raises(SourceNotFoundError) as caught:
        segmentry.load(tmp_path / "nope.json")
    assert caught.value.code == "R01"
    with pytest.raises(ModelFileError) as caught:
        segmentry.load(tmp_path)
    assert caught.value.code == "R01"


def test_a_file_that_is_far_too_large_is_not_parsed(tmp_path):
    with (tmp_path / "m.json").open("wb") as stream:
        stream.truncate(64 * 2**20 + 1)
    with pytest.raises(ModelFileError) as caught:
        segmentry.load(tmp_path / "m.json")
    assert caught.value.code == "M56"


# ---------------------------------------------------------------- customers that do not fit


def test_new_customers_without_a_feature_are_told_with_the_names_there_are(model_json):
    customers = pd.DataFrame({"Annual Income": [15], SPENDING: [39]})
    with pytest.raises(ColumnError) as caught:
        segmentry.load(model_json).assign(customers)
    assert caught.value.code == "R25"
    assert f"has no column {INCOME!r}" in caught.value.what
    assert "Annual Income" in caught.value.fix


def test_new_customers_with_words_for_a_feature_are_told_without_the_words(model_json):
    customers = pd.DataFrame({INCOME: ["much", "little"], SPENDING: [39, 81]})
    with pytest.raises(FeatureError) as caught:
        segmentry.load(model_json).assign(customers)
    assert (caught.value.code, f"{INCOME!r} is not a number" in caught.value.what) == ("R60", True)
    assert "much" not in str(caught.value)


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), 1e200])
def test_new_customers_who_all_lack_a_feature_have_no_segment(model_json, nothing):
    answer = segmentry.load(model_json).assign(
        pd.DataFrame({INCOME: [nothing] * 2, SPENDING: [39, 81]})
    )
    assert answer["segment"].isna().all()
    assert answer["row_number"].tolist() == [1, 2]


def test_the_command_line_refuses_a_damaged_model_in_two_lines(command, write, model_json):
    write("model.json", model_json.read_bytes()[:400])
    write("new.csv", f"{INCOME},{SPENDING}\n15,39\n")
    assert_two_lines(command("assign", "model.json", "new.csv"), "M53", "model.json")
    assert_two_lines(command("assign", "nope.json", "new.csv"), "R01", "nope.json not found")
