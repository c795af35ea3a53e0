"""Step 3a, the words: what headers are called in languages other than English.

Spanish, French, Italian, Portuguese, Romanian, Dutch, Polish, Czech, Hungarian, Croatian, Swedish,
Danish, Norwegian, Finnish, Turkish, Russian, Ukrainian; Chinese, Japanese and Korean by pieces,
since they put no spaces between words.
"""

from __future__ import annotations

__all__ = [
    "BIRTH",
    "CODE",
    "CODE_PIECES",
    "CONTACT",
    "CONTACT_PAIRS",
    "CONTACT_PIECES",
    "DATE",
    "DATE_PIECES",
    "DEMOGRAPHIC",
    "DEMOGRAPHIC_PIECES",
    "ID",
    "ID_PIECES",
    "MEASURES",
    "MEASURE_PIECES",
    "NUMBERS",
    "OUTCOME",
    "OUTCOME_PHRASES",
    "OUTCOME_PIECES",
    "PERSONS",
    "REMARKS",
    "REMARK_PIECES",
]

PERSONS = frozenset(
    """
    cliente client abonné membre usuario socio utente usuário klant lid gebruiker klient klienta
    zákazník zákazníka kund kunde medlem asiakas müşteri musteri üye клиент клиента покупатель
    покупателя пользователь пользователя клієнт клієнта покупець ügyfél kupac klienti
    """.split()
)
NUMBERS = frozenset(
    """
    numero número numéro num codigo código codice code kod kód nr no número nummer číslo numer
    номер код cod
    """.split()
)
ID = frozenset(
    """
    klantnummer klantnr kundnummer kundnr kundenummer medlemsnummer asiakasnumero idcliente
    idclient idklienta müşterino lidnummer 编号 編號 番号 번호
    """.split()
)
CONTACT = frozenset(
    """
    téléphone courriel prénom mél téléphones teléfono telefono móvil movil celular cellulare
    dirección direccion apellidos dni nif nie indirizzo cognome nome telefone endereço endereco
    sobrenome cnpj telefoon mobiel adres voornaam achternaam naam bsn emailadres
    imię imie nazwisko pesel telefonu adress förnamn efternamn fornavn etternavn
    efternavn personnummer fødselsdato födelsedatum geboortedatum jméno příjmení
    adresa puhelin puhelinnumero osoite etunimi sukunimi sähköposti henkilötunnus eposta soyad
    soyadı isim adı tckn телефон адрес имя фамилия отчество почта паспорт инн снилс фио email
    nume prenume név vezetéknév keresztnév lakcím ime prezime nimi прізвище адреса rua calle
    rue ulica ulice улица вулиця straat utca gata gade vej katuosoite syntymäaika syntymäpäivä
    nip partitaiva btw btwnummer
    """.split()
)
CONTACT_PAIRS = frozenset(
    {
        ("date", "naissance"), ("fecha", "nacimiento"), ("data", "nascita"),
        ("data", "nascimento"), ("data", "urodzenia"), ("datum", "narození"),
        ("дата", "рождения"), ("doğum", "tarihi"), ("codice", "fiscale"), ("e", "posta"),
        ("code", "iban"), ("tarjeta", "crédito"), ("carte", "bancaire"), ("razão", "social"),
        ("razao", "social"), ("razón", "social"), ("raison", "sociale"), ("ragione", "sociale"),
        ("partita", "iva"), ("btw", "nummer"), ("születési", "dátum"), ("ім", "я"),
    }
)  # fmt: skip
DEMOGRAPHIC = frozenset(
    """
    âge sexe ville région pays genre edad género genero sexo ciudad región país provincia età
    sesso città citta regione idade gênero cidade estado região leeftijd geslacht stad provincie
    wiek płeć plec miasto województwo ålder kön köns alder køn kjønn fylke kommune věk pohlaví
    město kraj ikä sukupuoli kaupunki yaş cinsiyet şehir возраст пол город регион область bundesland
    stadt ort land familienstand beruf
    """.split()
)
OUTCOME = frozenset(
    """
    résilié abandono baja abbandono cancelou evasão gekündigt kündigung abgewandert opgezegd
    отток rezygnacja kündigungsgrund segmento segmenti segmentti segmentu сегмент szegmens resultado
    risultato résultat ergebnis wynik resultaat výsledek resultat tulos sonuç результат risiko
    riesgo rischio risco risque ryzyko riziko riski риск
    """.split()
)
OUTCOME_PHRASES = frozenset(
    (word,) for word in "aktiv activo ativo actif attivo actief aktywny aktivní активен".split()
) | {("ist", "aktiv"), ("est", "actif"), ("es", "activo")}
DATE = frozenset(
    """
    datum datums tag seit fecha data dato dia día jour päivä päivämäärä dátum tarih tarihi дата день
    """.split()
)
DATE_PIECES = ("日期", "日付", "時間", "时间", "날짜", "登録日", "購入日", "注册日")
REMARKS = frozenset(
    """
    bemerkung bemerkungen anmerkung anmerkungen notiz notizen kommentar kommentare notas nota
    observaciones observações observacoes comentario comentarios comentário commentaire
    commentaires remarque remarques opmerking opmerkingen uwagi poznámka poznámky anteckning
    anteckningar huomautus примечание комментарий notat
    """.split()
)
BIRTH = frozenset(
    """
    naissance né née nacimiento nacido nascita nato nascimento nascido geboren urodzenia narození
    född født syntymä doğum рождения народження născut rođenja
    """.split()
)
CODE = frozenset("postnummer postnr kod cp cep psč индекс postinumero kodpocztowy".split())
MEASURES = frozenset(
    """
    betrag anzahl wert ausgaben besuche einkommen bestellungen montant chiffre dépenses revenu
    importe gasto gastos ingresos valor cantidad spesa importo reddito valore visite gasto renda
    bedrag aantal omzet uitgaven kwota wydatki liczba dochód belopp antal inkomst omsättning beløp
    antall částka počet tulot summa tutar gelir сумма выручка доход количество расходы
    """.split()
)
ID_PIECES = (
    "客户编号", "客户号", "客户id", "会员号", "会员编号", "用户id", "用户编号", "顧客番号",
    "顧客id", "会員番号", "고객번호", "고객id", "회원번호", "客戶編號",
)  # fmt: skip
CONTACT_PIECES = (
    "姓名", "名字", "电话", "手机", "邮箱", "邮件", "地址", "身份证", "生日", "出生日期", "氏名",
    "名前", "電話", "携帯", "メール", "住所", "生年月日", "이름", "성명", "전화", "휴대", "이메일",
    "주소", "생년월일", "주민", "フリガナ", "ふりがな", "ﾌﾘｶﾞﾅ", "誕生日", "联系人", "联系方式",
    "微信", "収货人", "收货人", "昵称", "用户名", "연락처", "성함",
)  # fmt: skip
DEMOGRAPHIC_PIECES = (
    "年龄", "性别", "城市", "婚姻", "学历", "职业", "省份", "年齢", "性別", "職業", "地域",
    "都道府県", "나이", "연령", "성별", "지역", "직업", "年齡",
)  # fmt: skip
OUTCOME_PIECES = (
    "流失", "解約", "退会", "이탈", "分群", "等级", "等級", "ランク", "등급", "セグメント",
    "세그먼트", "客群",
)  # fmt: skip
MEASURE_PIECES = (
    "金額", "金额", "回数", "次数", "件数", "点数", "数量", "売上", "销售额", "消费", "ポイント",
    "残高", "余额", "积分", "単価", "单价", "合計", "合计", "収入", "收入", "금액", "횟수", "매출",
    "포인트",
)  # fmt: skip
REMARK_PIECES = ("备注", "備考", "コメント", "비고", "메모")
CODE_PIECES = ("邮编", "邮政编码", "郵便番号", "우편번호")
