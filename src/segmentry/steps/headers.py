"""Step 3a: what a column's header says about it, in English, German and a dozen other languages.

The last word decides, once units and qualifiers are cut off: "email" and "mail address 2" are
contact data, "email opens" is a count; "family" is demographic, "family spend" an amount.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from segmentry.steps import vocabulary

__all__ = [
    "is_birth",
    "is_code",
    "is_contact",
    "is_counter",
    "is_customer_id",
    "is_date",
    "is_demographic",
    "is_id",
    "is_outcome",
    "is_remark",
    "most_levels_of",
    "says_measure",
    "words_of",
]

_PERSONS = (
    frozenset(
        """
    customer client member user cust kunde kunden kd mitglied subscriber patient visitor guest
    """.split()
    )
    | vocabulary.PERSONS
)
_OWNERS = _PERSONS | frozenset("account acct person household card loyalty".split())
_NUMBERS = frozenset("number no nr num nummer code ref".split())
_ID = frozenset("id key uuid guid kundennummer customerid memberid cid kd".split()) | vocabulary.ID
_CONTACT = frozenset(
    """
    email mail phone telephone tel mobile cell fax firstname lastname surname forename fullname
    username nickname address street addr birthday birthdate dob born ssn iban passport linkedin
    twitter ip telefon mobil handy strasse straße adresse anschrift vorname nachname
    familienname ansprechpartner geburtsdatum geburtstag nom prenom apellido nombre correo cpf
    fname lname mname rufnummer kontonr kontonummer steuernummer steuerid ustid ustidnr bic whatsapp
    """.split()
) | vocabulary.CONTACT  # fmt: skip
_CONTACT_PAIRS = frozenset(
    {
        ("e", "mail"), ("birth", "date"), ("date", "birth"), ("card", "number"),
        ("credit", "card"), ("contact", "person"), ("contact", "name"), ("konto", "nummer"),
        ("social", "security"), ("geb", "datum"), ("geb", "dat"), ("whats", "app"),
        ("vat", "number"), ("vat", "no"),
        ("vat", "id"), ("tax", "id"), ("tax", "number"), ("tax", "no"), ("konto", "nr"),
        ("steuer", "nummer"), ("steuer", "nr"), ("steuer", "id"), ("ruf", "nummer"), ("ruf", "nr"),
    }
) | vocabulary.CONTACT_PAIRS  # fmt: skip
_CONTACT_ENDINGS = ("adresse", "anschrift", "straße", "strasse", "address", "adres", "adress")
_NAME = frozenset("name nm login".split())
"""What is a name in a column of text, however few there are."""
_NAMES = _NAME | frozenset(
    """
    contact kontakt owner inhaber person holder via company firma empresa société firm
    azienda företag bedrijf компания
    """.split()
)
_WHO = _PERSONS | frozenset("recipient payee titular buyer shopper empfänger käufer".split())
_REMARKS = frozenset("note notes comment comments remark remarks".split()) | vocabulary.REMARKS
_DAYS = frozenset("date dates dt day joined signup since created".split()) | vocabulary.DATE
_BIRTH = frozenset("birth geburt geboren born".split()) | vocabulary.BIRTH
_PRODUCTS = frozenset("product brand category campaign store shop file plan".split())
_DEMOGRAPHIC = frozenset(
    """
    age gender sex marital married education school degree occupation profession job employment
    family children kids kid teen kidhome teenhome household dependents nationality ethnicity race
    religion language citizenship generation birth geburt alter geschlecht geburtsjahr region city
    town state country county district latitude longitude lat lon lng area territory branch
    """.split()
) | vocabulary.DEMOGRAPHIC  # fmt: skip
_CODE = frozenset(
    "zip zipcode postcode postal postleitzahl plz code status type category class group".split()
) | vocabulary.CODE  # fmt: skip
_OUTCOME = frozenset(
    """
    churn churned exited attrition segment segmentation cluster label target outcome risk default
    response responded converted prediction predicted subscribed deposit y tier result
    """.split()
) | vocabulary.OUTCOME  # fmt: skip
_OUTCOME_PHRASES = frozenset({("active",), ("is", "active")}) | vocabulary.OUTCOME_PHRASES
_OUTCOME_PAIRS = frozenset({("default", "payment"), ("payment", "default")})
_OUTCOME_ENDINGS = ("segment", "segmento")
_COUNTER = frozenset("index row rownumber unnamed nr no".split())
_MEASURES = frozenset(
    """
    spend spending spent amount amt value total sum average avg mean sales revenue turnover umsatz
    income price cost tax fee balance limit rate ratio share percent pct score points visits visit
    trips orders order purchases count quantity qty items opens clicks sessions session views usage
    size length hours minutes seconds days weeks months duration time frequency recency tenure
    """.split()
) | vocabulary.MEASURES  # fmt: skip
_QUALIFIERS = frozenset(
    """
    home work private primary main line years yrs year jahre jahr flag level is has yes yn of
    total the
    """.split()
) | _NUMBERS  # fmt: skip
_LITTLE = frozenset("of de di do da du del la le des van von der d a o".split())
_OF_A_PERSON = _OWNERS | frozenset("completo complet móvil movil fijo fixe".split())
_STEMS = (
    _OWNERS
    | _CONTACT
    | frozenset("konto kontakt firmen vor nach first last full sur user post order".split())
)
_ENDINGS = ("nummer", "number", "name", "mail", "num", "nr", "id", "no")


def words_of(name: str) -> tuple[str, ...]:
    """Split a header into its lower-case words; what stands in brackets is left out.

    >>> words_of("Annual Income (k$)")
    ('annual', 'income')
    >>> words_of("CustomerID"), words_of("first_name"), words_of("Telefonnummer")
    (('customer', 'id'), ('first', 'name'), ('telefon', 'nummer'))
    """
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)
    cut = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    words = (word.lower() for word in re.findall(r"[^\W\d_]+|\d+", cut))
    return tuple(itertools.chain.from_iterable(_parts(word) for word in words))


def _parts(word: str) -> tuple[str, ...]:
    """A compound of two words that we know, in two: ``clientnum`` → ``client``, ``num``."""
    if word in _CONTACT | _ID | vocabulary.CODE:
        return (word,)
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and stem in _STEMS:
            return (stem, ending)
    return (word,)


def _head(words: Sequence[str]) -> str:
    """The last word that is no unit, number or qualifier; the last one if all are."""
    kept = [word for word in words if word not in _QUALIFIERS and not word.isdigit()]
    return kept[-1] if kept else (words[-1] if words else "")


def says_measure(words: Sequence[str]) -> bool:
    """Whether the header speaks of a count, an amount or a rate."""
    if _has(words, vocabulary.MEASURE_PIECES):
        return True
    return _head(words) in _MEASURES or (bool(words) and words[-1] in _MEASURES)


def is_id(words: Sequence[str]) -> bool:
    """Whether the header calls the column an id or a customer number."""
    if not words:
        return False
    if words[-1] in _ID or words[0] in {"id", "kundennummer"} or _has(words, vocabulary.ID_PIECES):
        return True
    bare = [word for word in words if word not in _LITTLE]
    if len(bare) == 2 and bare[0] in vocabulary.NUMBERS and bare[1] in _OWNERS:
        return True
    return len(words) > 1 and words[0] in _OWNERS and words[-1] in _NUMBERS | vocabulary.NUMBERS


def _has(words: Sequence[str], pieces: Sequence[str]) -> bool:
    """Whether a word of a language that writes no spaces has one of these in it."""
    return any(piece in word for word in words for piece in pieces)


def is_customer_id(words: Sequence[str]) -> bool:
    """Whether the header says that the id is that of a customer, or just that it is one."""
    return is_id(words) and (len(words) == 1 or bool(set(words) & _OWNERS))


def is_contact(words: Sequence[str]) -> bool:
    """Whether the header calls the column an address, a phone number, or the like."""
    pairs = set(itertools.pairwise(word for word in words if word not in _LITTLE))
    if set(words) & {"loyalty", "member", "club", "customer"}:
        pairs -= {("card", "number")}
    pairs &= _CONTACT_PAIRS
    if tuple(words[-2:]) in pairs:
        return True
    if says_measure(words) or "rfm" in words:
        return False
    head = _head(words)
    named = (head in _CONTACT or head.endswith(_CONTACT_ENDINGS)) or (
        words[:1] != () and words[0] in _CONTACT and bool(set(words[1:]) & _OF_A_PERSON)
    )
    return named or bool(pairs) or _has(words, vocabulary.CONTACT_PIECES)


def most_levels_of(words: Sequence[str]) -> int | None:
    """How many values a column of text may have and still hold no names; None if it may be any.

    ``Customer`` may say "new" or "returning", or who somebody is.

    >>> most_levels_of(("customer", "name")), most_levels_of(("customer",)), most_levels_of(("a",))
    (0, 5, None)
    """
    if set(words) & _PRODUCTS:
        return None
    if set(words) & _NAME and _head(words) in _NAMES:
        return 0
    if _head(words) in _NAMES:
        return 12
    return 5 if words and set(words) <= _WHO else None


def is_birth(words: Sequence[str]) -> bool:
    """Whether a column of dates by this header says when somebody was born."""
    return bool(set(words) & _BIRTH)


def is_date(words: Sequence[str]) -> bool:
    """Whether the header says that the column holds days."""
    return bool(set(words) & _DAYS) or _has(words, vocabulary.DATE_PIECES)


def is_remark(words: Sequence[str]) -> bool:
    """Whether the header calls the column free text, in which anybody may be named."""
    return _head(words) in _REMARKS or _has(words, vocabulary.REMARK_PIECES)


def is_demographic(words: Sequence[str]) -> bool:
    """Whether the header says who or where somebody is, rather than what somebody does."""
    counts = {"number", "num", "count", "no", "total"}
    bare = [word for word in words if word not in counts]
    known = {"birth", "geburtsjahr", "naissance", "nacimiento", "nascita"}
    if _has(words, vocabulary.DEMOGRAPHIC_PIECES):
        return True
    return _head(bare) in _DEMOGRAPHIC or bool(set(words) & known)


def is_code(words: Sequence[str]) -> bool:
    """Whether the header calls the column a code, which is a number only by its looks."""
    if _has(words, vocabulary.CODE_PIECES):
        return True
    return words[-1:] != () and (words[-1] in _CODE or _head(words) in _CODE)


def is_outcome(words: Sequence[str]) -> bool:
    """Whether the header calls the column an outcome or somebody's label."""
    certain = {"churn", "churned", "exited", "attrition", "predicted", "prediction"}
    if _has(words, vocabulary.OUTCOME_PIECES):
        return True
    if tuple(words) in _OUTCOME_PHRASES or set(itertools.pairwise(words)) & _OUTCOME_PAIRS:
        return True
    head = _head(words)
    called = head in _OUTCOME or head.endswith(_OUTCOME_ENDINGS)
    return bool(set(words) & certain) or (called and not (words and words[-1] in _MEASURES))


def is_counter(words: Sequence[str]) -> bool:
    """Whether the header says no more than "row number"."""
    return all(word in _COUNTER or word.isdigit() for word in words) and bool(set(words) & _COUNTER)
