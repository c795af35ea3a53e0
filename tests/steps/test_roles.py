"""Roles: what each column is for, and why."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

import segmentry
from segmentry.errors import ColumnError
from segmentry.steps.headers import is_customer_id, is_id, words_of
from segmentry.steps.roles import Role

N = 60
FEW = [i % 13 for i in range(N)]
MANY = [f"word {i}" for i in range(N)]
LEVELS = [f"level {i % 3}" for i in range(N)]
UNIQUE = [1000 + 7 * i for i in range(N)]


def explored(**columns: list[object]) -> segmentry.Exploration:
    return segmentry.explore(pa.table({"a": FEW, **columns}))


def role_of(name: str, values: list[object]) -> Role:
    return explored(**{name: values}).roles.of(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Annual Income (k$)", ("annual", "income")),
        ("CustomerID", ("customer", "id")),
        ("HTTPStatusCode", ("http", "status", "code")),
        ("first_name", ("first", "name")),
        ("Größe [cm]", ("größe",)),
        ("客户id", ("客户id",)),
        ("$$$", ()),
    ],
)
def test_a_header_is_split_into_words(name, words):
    assert words_of(name) == words


# ---------------------------------------------------------------- found by themselves


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "values", "role", "reason"),
    [
        ("visits", FEW, "feature", "behaviour or value"),
        ("$$$", FEW, "feature", "behaviour or value"),
        ("Customer ID", UNIQUE, "id", "names each customer"),
        ("customer_no", UNIQUE, "id", "names each customer"),
        ("Age", FEW, "profile", "demographic"),
        ("Year_Birth", FEW, "profile", "demographic"),
        ("Total Children", FEW, "profile", "demographic"),
        ("Region", FEW, "profile", "demographic"),
        ("brand", LEVELS, "profile", "text with 3 levels"),
        ("is_member", [i % 2 for i in range(N)], "profile", "only two values"),
        ("Churn", [i % 2 for i in range(N)], "outcome", "outcome or label"),
        ("Segment", LEVELS, "outcome", "outcome or label"),
        ("comment", MANY, "ignored", "text with 60 different values"),
        ("shop", [5] * N, "ignored", "the same value in every row"),
        ("note", [None] * N, "ignored", "empty"),
        ("score", [None if i % 3 else i for i in range(N)], "ignored", "67 % of its values"),
        ("StatusID", FEW, "ignored", "an id by its name"),
        ("zip", FEW, "ignored", "a code"),
        ("Unnamed: 0", FEW, "ignored", "counts the rows"),
        ("anything", list(range(N)), "ignored", "counts the rows"),
        ("anything", list(range(1, N + 1)), "ignored", "counts the rows"),
        ("joined", ["2024-01-01", "2024-01-02"] * 30, "ignored", "a date"),
    ],
)  # fmt: skip
def test_a_column_gets_its_role_by_name_and_values(name, values, role, reason):
    found = role_of(name, values)
    assert found.role == role
    assert reason in found.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["email", "E-Mail", "Phone", "mobile", "First Name", "surname", "Address", "Straße", "IBAN",
     "Date of Birth", "birth_date", "DOB", "Credit Card Number", "account_name"],
)  # fmt: skip
def test_contact_data_is_known_by_its_name(name):
    assert role_of(name, MANY).role == "contact"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["Vorname", "Nachname", "Ansprechpartner", "contact_person", "username", "owner",
     "Telefonnummer", "phonenumber", "Mobilnummer", "Handy", "Kontonummer", "credit_card", "ip"],
)  # fmt: skip
@pytest.mark.parametrize("values", [MANY, UNIQUE], ids=["text", "numbers"])
def test_contact_data_is_known_in_compounds_and_in_german(name, values):
    assert role_of(name, values).role in {"contact", *(["feature"] if name == "owner" else [])}


@pytest.mark.parametrize(
    "name",
    ["userid", "Kundennr", "Kunden-Nr", "kunden_nr", "cust_no", "custno", "CLIENTNUM"],
)
def test_customer_numbers_are_ids_however_they_are_written(name):
    assert role_of(name, UNIQUE).role == "id"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["email_opens", "email_open_rate", "mobile_app_visits", "mail_orders", "phone_sessions",
     "response_time_hours", "target_spend", "segment_spend", "default_rate", "category_spend",
     "group_size", "status_points", "family_spend", "kids_spend", "state_tax", "school_trips"],
)  # fmt: skip
def test_a_measure_is_a_feature_whatever_it_is_a_measure_of(name):
    assert role_of(name, FEW).role == "feature"


@pytest.mark.slow
def test_whole_numbers_of_their_own_in_every_row_look_like_a_code_unless_called_a_measure():
    long = [4_900_000_000 + 37 * i for i in range(N)]
    assert role_of("user", long).role == "ignored"
    assert role_of("revenue", long).role == "feature"


def test_a_customer_id_that_repeats_is_told():
    found = explored(customer_id=[i // 2 + 1000 for i in range(N)])
    assert found.roles.id is None
    assert any("customer_id is called an id and repeats" in own for own in found.warnings)


def test_a_contact_channel_with_two_levels_is_no_name():
    assert role_of("contact", ["cellular", "telephone"] * 30).role == "profile"


@pytest.mark.slow
def test_contact_data_is_known_by_its_values_where_most_look_like_addresses():
    most = [f"person{i}@shop.example" if i < 31 else "unknown" for i in range(N)]
    half = [f"person{i}@shop.example" if i < 30 else "unknown" for i in range(N)]
    assert role_of("handle", most).role == "contact"
    assert role_of("handle", half).role != "contact"


def test_the_name_of_a_thing_is_no_contact_data():
    assert role_of("product_name", LEVELS).role == "profile"


@pytest.mark.slow
def test_contact_data_and_ids_are_shown_nowhere():
    mails = [f"person{i}@shop.example" for i in range(N)]
    table = pa.table({"customer_id": [f"C{i:04}" for i in range(N)], "email": mails, "a": FEW,
                      "b": [i % 5 for i in range(N)]})  # fmt: skip
    found = segmentry.explore(table)
    with segmentry.segment(table, k=3) as result:
        texts = [json.dumps(found.to_dict()), repr(found), found._repr_html_(), repr(result),
                 json.dumps(result.summary), result._repr_html_()]  # fmt: skip
    assert not any("person" in text or "C00" in text for text in texts)
    email = next(own for own in found.to_dict()["columns"] if own["column"] == "email")
    assert (email["role"], email["distinct"], email["min"]) == ("contact", 60, None)


@pytest.mark.slow
def test_the_first_id_is_the_id_and_another_is_ignored():
    found = explored(id=UNIQUE, order_id=[2 * own for own in UNIQUE])
    assert found.roles.id == "id"
    assert found.roles.of("order_id").role == "ignored"
    assert explored(**{"Loyalty card number": UNIQUE}).roles.id == "Loyalty card number"


def test_a_column_called_id_whose_values_repeat_is_no_id():
    assert explored(id=[i // 2 + 1000 for i in range(N)]).roles.id is None


# ---------------------------------------------------------------- named by the caller


def test_what_the_caller_names_is_taken_as_given():
    table = pa.table({"key": UNIQUE, "age": FEW, "churn": FEW, "a": FEW, "b": FEW})
    found = segmentry.explore(table, features=["age", "churn"], profile=["b"], id="key").roles
    assert found.features == ("age", "churn")
    assert (found.profile, found.id) == (("b",), "key")
    assert found.of("age").reason == "chosen by you"
    assert found.of("a").reason == "not among the profile columns that you chose"


def test_columns_that_are_not_chosen_as_features_describe():
    found = segmentry.explore(pa.table({"a": FEW, "b": FEW, "c": FEW}), features=["c"]).roles
    assert (found.features, found.profile) == (("c",), ("a", "b"))


def test_features_stay_in_the_order_of_the_columns_whatever_the_order_of_the_names():
    table = pa.table({"a": FEW, "b": FEW})
    assert segmentry.explore(table, features=["b", "a"]).roles.features == ("a", "b")


@pytest.mark.slow
def test_a_single_name_is_a_list_of_one_and_a_number_is_a_name():
    table = pa.table({"0": FEW, "age": FEW})
    assert segmentry.explore(table, features="age").roles.features == ("age",)
    assert segmentry.explore(table, features=[0]).roles.features == ("0",)


def test_a_column_cannot_have_two_roles():
    with pytest.raises(ColumnError, match="'a' is named as feature and as id"):
        segmentry.explore(pa.table({"a": FEW}), features=["a"], id="a")


# ---------------------------------------------------------------- in other languages, by values


@pytest.mark.slow
def test_contact_data_is_known_in_a_dozen_languages():
    names = [
        "Téléphone",
        "nom du client",
        "Date de naissance",
        "Correo",
        "Teléfono móvil",
        "Dirección",
        "Fecha de nacimiento",
        "Cognome",
        "Codice fiscale",
        "Data di nascita",
        "Endereço",
        "Celular",
        "Sobrenome",
        "Voornaam",
        "Achternaam",
        "Telefoonnummer",
        "Geboortedatum",
        "Imię",
        "Nazwisko",
        "Förnamn",
        "Personnummer",
        "Fornavn",
        "Příjmení",
        "Sähköposti",
        "Soyadı",
        "E-posta",
        "Телефон",
        "Фамилия",
        "Дата рождения",
        "姓名",
        "手机号",
        "电子邮箱",
        "氏名",
        "電話番号",
        "メールアドレス",
        "이름",
        "휴대전화",
        "이메일주소",
    ]
    roles = explored(**dict.fromkeys(names, MANY)).roles
    assert [name for name in names if roles.of(name).role != "contact"] == []


@pytest.mark.parametrize(
    "name",
    [
        "numéro client",
        "Código cliente",
        "codice_cliente",
        "klantnummer",
        "Nr klienta",
        "Kundnr",
        "Müşteri no",
        "Номер клиента",
        "客户编号",
        "顧客番号",
        "고객번호",
        "Kundennummer",
    ],
)
def test_ids_are_known_in_a_dozen_languages(name):
    assert is_id(words_of(name))
    assert is_customer_id(words_of(name))


@pytest.mark.slow
def test_other_roles_are_known_in_other_languages():
    wanted = {
        "Âge": "profile",
        "Edad": "profile",
        "Età": "profile",
        "Leeftijd": "profile",
        "Wiek": "profile",
        "Ålder": "profile",
        "Возраст": "profile",
        "年龄": "profile",
        "年齢": "profile",
        "나이": "profile",
        "Ikä": "profile",
        "Yaş": "profile",
        "gekündigt": "outcome",
        "Отток": "outcome",
        "是否流失": "outcome",
        "Postnummer": "ignored",
        "郵便番号": "ignored",
        "Umsatz": "feature",
        "Gasto anual": "feature",
        "Сумма": "feature",
    }
    roles = explored(**dict.fromkeys(wanted, FEW)).roles
    assert {name: roles.of(name).role for name in wanted} == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["4111111111111111", "5500 0055 5555 5559", "378282246310005"], "payment cards"),
        (["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"], "IBAN"),
        (["529.982.247-25", "11144477735"], "CPF"),
        (["44051401359"], "PESEL"),
        (["12345678Z", "00000000T"], "DNI"),
        (["111222333"], "BSN"),
        (["255081416802538"], "French social security"),
        (["86095742719", "47036892816"], "German tax numbers"),
        (["11010519491231002X"], "Chinese identity"),
        (["811218-9876"], "Swedish personal"),
        (["078-05-1120", "219-09-9999"], "US social security"),
        (["RSSMRA85T10A562S"], "Italian tax codes"),
        (["+49 30 1234567", "030/7654321", "(212) 555-0123", "212-555-0199"], "phone numbers"),
        (["ann@shop.example", "bo@shop.example"], "e-mail addresses"),
    ],
)
def test_private_numbers_are_known_by_their_check_digits_whatever_they_are_called(values, said):
    repeated = (values * N)[:N]
    found = role_of("xyz", repeated)
    assert (found.role, said in found.reason) == ("contact", True)
    wrong = [value.replace("1", "7").replace("2", "3").replace("@", " ") for value in repeated]
    if said.split()[0] not in {"phone", "US", "Italian"}:  # those have no check digit
        assert role_of("xyz", wrong).role != "contact"


@pytest.mark.slow
def test_a_private_value_is_in_no_text_of_a_run(command, write):
    cards = ["4111111111111111", "5500005555555559"] * 20
    rows = "".join(f"{9000 + 3 * i};{own};{i % 7};{i % 5}\n" for i, own in enumerate(cards))
    write("t.csv", "id;zahl;besuche;einkauf\n" + rows)
    ended = command("run", "t.csv", "-o", "out", "--k", "2")
    assert ended.code == 0
    texts = [ended.stdout, ended.stderr]
    folder = write("x", "").parent / "out"
    texts += [
        path.read_text() for path in folder.iterdir() if path.suffix in {".html", ".json", ".csv"}
    ]
    assert not any(card in text for text in texts for card in cards)
