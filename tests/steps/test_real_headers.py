"""Headers of real customer files: what a column is for, in whatever language it is called."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

import segmentry
from commands import explored, summary_of

N = 200
FEW = [i % 13 for i in range(N)]
SIX = [f"Ann{'abcdef'[i % 6]}" for i in range(N)]
TWENTY = [f"Ann{i % 20}" for i in range(N)]
TWO = [("New", "Returning")[i % 2] for i in range(N)]
DAYS = [datetime.date(1960, 1, 1) + datetime.timedelta(days=37 * i) for i in range(N)]
CODES = [f"K{i:04}" for i in range(N)]


def roles_of(names: list[str], values: list[object]) -> dict[str, str]:
    found = segmentry.explore(pa.table({"a": FEW, **dict.fromkeys(names, values)})).roles
    return {name: found.of(name).role for name in names}


def listed(names: str) -> list[str]:
    return names.split("|")


NAMES = listed(
    "fname|lname|CUST_NM|full_nm|Customer|Kunde|Client|Patient|Recipient|Kontaktname|Razão Social|"
    "Titular|フリガナ|Nume|Név|Ime|Lieferadresse|Rua|Calle|Ulica|Улица|Straat|Login|Steuernummer|"
    "VAT number|Tax ID|Rufnummer|WhatsApp|Kontonr|Rechnungsanschrift"
)


@pytest.mark.slow
def test_a_few_names_and_addresses_are_contact_data_and_no_levels():
    assert roles_of(NAMES, SIX) == dict.fromkeys(NAMES, "contact")


@pytest.mark.slow
def test_what_may_name_a_channel_or_a_company_is_a_name_where_there_are_many():
    names = ["Via", "Company", "Firma", "Customer"]
    assert roles_of(names, TWENTY) == dict.fromkeys(names, "contact")
    assert roles_of(names, TWO) == dict.fromkeys(names, "profile")


@pytest.mark.slow
def test_what_describes_a_customer_is_no_name():
    names = ["Client type", "Kundengruppe", "Customer category", "Product name", "Household"]
    assert roles_of(names, SIX) == dict.fromkeys(names, "profile")


@pytest.mark.slow
def test_dates_of_birth_are_contact_data_however_they_are_called():
    names = ["Geb.-Datum", "Birth", "Né le", "Syntymäaika", "Дата рождения", "誕生日"]
    assert roles_of(names, DAYS) == dict.fromkeys(names, "contact")
    others = ["last login", "Kunde seit", "Signup"]
    assert roles_of(others, DAYS) == dict.fromkeys(others, "ignored")


@pytest.mark.slow
def test_free_text_describes_nobody():
    assert set(roles_of(["Notes", "Bemerkung", "Observações", "备注"], SIX).values()) == {"ignored"}
    nearly_all = [f"{'said' if i % 9 else 'told'} {i // 2 if i < 8 else i}" for i in range(40)]
    found = segmentry.explore(pa.table({"a": FEW[:40], "xyz": nearly_all})).roles
    assert (found.of("xyz").role, "different texts" in found.of("xyz").reason) == ("ignored", True)


LABELS = listed(
    "Segmento|Kundensegment|客户等级|Loyalty tier|Kündigungsgrund|is_active|Resultado|Risiko|"
    "default payment next month|Сегмент|会員ランク|고객등급|Abbandono|Résultat|aktiv|"
    "Customer Segment"
)


@pytest.mark.slow
@pytest.mark.parametrize("values", [FEW, SIX], ids=["numbers", "text"])
def test_labels_and_outcomes_are_not_clustered_on_in_any_language(values):
    assert roles_of(LABELS, values) == dict.fromkeys(LABELS, "outcome")


@pytest.mark.slow
def test_a_measure_of_labels_is_a_feature():
    names = ["days active", "segment_spend", "logins", "risk score", "tier points"]
    assert roles_of(names, FEW) == dict.fromkeys(names, "feature")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cid", "kd", "Kd-Nr.", "KdNr", "Код клієнта", "编号"])
def test_customer_numbers_are_ids_in_short_and_abroad(name):
    assert roles_of([name], CODES) == {name: "id"}


@pytest.mark.slow
def test_a_customer_number_with_zeros_in_front_is_never_clustered_on(command, write):
    rows = "".join(
        f"{10_000 + i:06};{37 * i % 997:05};{1000 + i};{i % 7};{i % 11}\n" for i in range(300)
    )
    write("t.csv", "Kd-Nr.;Merkmal;Lauf;Besuche;Einkauf\n" + rows)
    found = explored(command, "t.csv")
    assert [own["role"] for own in found["columns"]] == [
        "id", "ignored", "ignored", "feature", "feature"
    ]  # fmt: skip
    assert "Merkmal looks like an id or a code" in " ".join(found["warnings"])
    assert "Lauf looks like an id or a code" in " ".join(found["warnings"])


@pytest.mark.parametrize("name", ["revenue", "累計購入金額", "消费金额", "구매금액", "выручка"])
def test_amounts_of_their_own_in_every_row_are_features_in_any_language(name):
    assert roles_of([name], [100_000 + i for i in range(N)]) == {name: "feature"}


@pytest.mark.slow
def test_names_that_repeat_stand_nowhere_in_a_run(command, write, tmp_path):
    rows = "".join(f"{1000 + 3 * i};{own};{i % 7};{i % 11}\n" for i, own in enumerate(SIX))
    write("t.csv", "id;fname;visits;spend\n" + rows)
    summary_of(command, "t.csv")
    pages = [path.read_text() for path in (tmp_path / "out").glob("*.*") if path.suffix in
             {".html", ".json", ".csv"}]  # fmt: skip
    assert not any("Anna" in page or "Annf" in page for page in pages)
