"""Who may come into the studio, and what every answer says of itself."""

from __future__ import annotations

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from routes_here import IDS, SAID, filled, routes
from studio_here import bring, demo_run, explored

from segmentry.studio.door import Keys, RefusalError

pytestmark = pytest.mark.slow

GETS_OF_A_RUN = ["", "/progress", "/segments.css", "/map", "/other?k=3", "/score",
                 "/figures/segments.svg", "/files/model.json"]  # fmt: skip
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


# ---------------------------------------------------------------- who comes in


def test_the_list_of_routes_is_the_whole_list():
    found = routes()
    assert ("GET", "/") in found
    assert ("GET", "/runs/{run_id}/files/{name}") in found
    assert {name for _, path in found for name in re.findall(r"{(\w+)}", path)} == {*IDS, *SAID}


@pytest.mark.parametrize(("method", "path"), routes())
def test_nobody_comes_in_without_a_cookie(stranger, adas_data, adas_run, method, path):
    answer = stranger.request(method, filled(path, adas_data, adas_run))
    if path.startswith("/static/"):
        assert answer.status_code in (200, 404)
    else:
        assert answer.status_code == 401
        assert "newest link that the terminal shows" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("method", "path"), routes())
def test_what_is_ada_s_is_not_there_for_ben(ada, ben, adas_data, adas_run, method, path):
    if not re.search(r"_id}|compare", path):
        return
    address = filled(path, adas_data, adas_run)
    answer = ben.request(method, address)
    assert answer.status_code == 404
    assert "There is no such page." in answer.text
    if method == "GET" and "{name}" not in path:
        there = (422,) if path == "/compare" else (200, 303)  # a run beside itself
        assert ada.get(address).status_code in there, "it is there for Ada"


@pytest.mark.parametrize("path", GETS_OF_A_RUN)
def test_an_id_that_is_nobody_s_looks_like_a_stranger_s(ada, ben, adas_run, path):
    assert ada.get(adas_run + path).status_code == 200
    told = ben.get(adas_run + path)
    unknown = ben.get(f"/runs/{'0' * 32}{path}")
    assert (told.status_code, told.text) == (unknown.status_code, unknown.text) == (404, told.text)


def test_no_run_of_another_browser_can_be_built_upon(ben, adas_run):
    address = ben.post("/demo").headers["location"]
    answer = ben.post(f"{address}/runs", data={"like": adas_run.rpartition("/")[2]})
    assert answer.status_code == 404


def test_addresses_are_128_random_bits(ada):
    found = {ada.post("/demo").headers["location"] for _ in range(3)}
    assert len(found) == 3
    for own in found:
        assert re.fullmatch(r"/data/[0-9a-f]{32}", own)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "{ip}:80", ""]
)
def test_another_name_for_the_studio_is_refused(studio, ada, host):
    """A page whose name was bound anew to this address (DNS rebinding) asks with its own name."""
    port = studio.origin.rpartition(":")[2]
    answer = ada.get("/", headers={"host": host.format(port=port, ip="127.0.0.1")})
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "[::1]"])
def test_the_names_of_this_machine_are_welcome(studio, ada, name):
    port = studio.origin.rpartition(":")[2]
    assert ada.get("/", headers={"host": f"{name}:{port}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "{own}"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/demo", "/files", "/runs/1/cancel"])
def test_nothing_is_done_for_other_pages(studio, ada, headers, path):
    said = {name: own.format(own=studio.origin) for name, own in headers.items()}
    before = ada.get("/").text
    answer = ada.post(path, headers=said)
    assert answer.status_code == 403
    assert "Another page asked for this" in answer.text
    assert ada.get("/").text == before


def test_the_studio_s_own_pages_may_ask(studio, ada):
    assert ada.post("/demo", headers={"sec-fetch-site": "same-origin"}).status_code == 303
    assert ada.post("/demo", headers={"origin": studio.origin}).status_code == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused_and_nothing_is_allowed_to_other_origins(ada, method):
    origin = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = ada.request(method, "/", headers=origin)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


# ---------------------------------------------------------------- the link, and the cookie


def test_a_link_works_once_and_its_token_never_shows_again(studio, stranger):
    before = studio.link
    token = before.partition("token=")[2]
    assert len(token) == 32, "192 bits"
    answer = stranger.get(before)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/">' in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"segmentry_\d+=[\w-]{32}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert token not in cookie
    assert token not in stranger.get("/").text
    assert studio.await_link(before) != before
    stranger.cookies.clear()
    again = stranger.get(before)
    assert again.status_code == 401
    assert "set-cookie" not in again.headers
    assert "each one works once" in again.text


def test_a_link_on_another_site_s_page_lets_in(browser, own_studio, tmp_path):
    studio = own_studio()
    (tmp_path / "mail.html").write_text(f'<a href="{studio.link}">Our studio</a>')
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other, browser.new_context() as context:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://localhost:{other.server_port}/mail.html")  # another site by its name
        page.click("text=Our studio")
        page.wait_for_url(f"{studio.origin}/")
        assert page.locator("h1").inner_text() == "Know your customers"
        page.reload()
        assert page.locator("h1").inner_text() == "Know your customers"
        other.shutdown()


def test_after_five_wrong_links_others_have_to_wait_but_not_the_right_one(own_studio):
    studio = own_studio()
    with httpx2.Client(base_url=studio.origin) as client:
        for i in range(5):
            assert client.get(f"/?token=wrong{i}").status_code == 401
        assert client.get("/?token=wrong").status_code == 429
        assert client.get(studio.link).status_code == 200


def test_a_minute_later_wrong_links_are_only_wrong_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("segmentry.studio.door.time.monotonic", lambda: now[0])
    keys = Keys(lambda token: None)
    token = keys.renew()
    for _ in range(5):
        with pytest.raises(RefusalError, match="used already"):
            keys.open("ü")
    with pytest.raises(RefusalError, match="Too many"):
        keys.open("ü")
    now[0] += 61
    with pytest.raises(RefusalError, match="used already"):
        keys.open("ü")
    assert keys.open(token) in keys.sessions


@pytest.mark.parametrize(
    "others", ['theme={"dark": true, "size": "1,2"}; {own}', "{own}; a=b=c; ;;=", 'x="; {own}']
)
def test_cookies_of_other_programs_on_this_machine_do_no_harm(studio, ada, stranger, others):
    """Browsers send a host's cookies to each of its ports."""
    own = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    answer = stranger.get("/", headers={"cookie": others.replace("{own}", own)})
    assert answer.status_code == 200


@pytest.mark.parametrize("cookie", ["", "segmentry_{port}=", "segmentry_{port}=wrong", "\xff=\xfe"])
def test_a_cookie_that_is_not_ours_opens_nothing(studio, stranger, cookie):
    port = studio.origin.rpartition(":")[2]
    said = cookie.format(port=port).encode("latin-1")
    assert stranger.get("/", headers={"cookie": said}).status_code == 401


# ---------------------------------------------------------------- what answers say of themselves


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/static/studio.css", 200), ("/static/report.css", 200), ("/nowhere", 404),
     ("/static/../app.py", 404), ("/static/app.py", 404), ("/docs", 404), ("/redoc", 404),
     ("/openapi.json", 404), ("/compare", 422), ("/data/", 404)],
)  # fmt: skip
def test_every_answer_is_locked_up_and_says_nothing_of_the_server(ada, path, status):
    answer = ada.get(path)
    assert answer.status_code == status
    for name, own in HEADERS.items():
        assert answer.headers[name] == own
    assert not {"server", "date", "x-powered-by"} & {*answer.headers}
    assert "uvicorn" not in answer.text.lower()


def test_what_the_door_refuses_is_locked_up_too(stranger):
    answer = stranger.get("/")
    assert answer.status_code == 401
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in answer.headers


def test_head_is_answered_as_get_but_without_a_body(ada, adas_run):
    for path in ("/", adas_run, f"{adas_run}/files/model.json", "/static/studio.css"):
        told, head = ada.get(path), ada.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == told.headers["content-type"]


def test_to_look_at_a_link_does_not_use_it_up(studio, stranger):
    before = studio.link
    assert stranger.head(before).status_code == 401
    assert studio.link == before


@pytest.mark.parametrize("path", ["/nowhere", "/compare", "/runs/x/other?k=no"])
def test_programs_get_a_problem_document(ada, stranger, path):
    json = {"accept": "application/json"}
    for answer in (ada.get(path, headers=json), stranger.get(path, headers=json)):
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert re.fullmatch(r"[A-Z]\d+", problem["code"])
        assert problem["title"]
        assert problem["detail"]


@pytest.mark.parametrize("name", ["report.html", "model.json", "customers.csv", "scoring.sql"])
def test_what_is_taken_away_is_a_download_and_never_a_page(ada, adas_run, name):
    answer = ada.get(f"{adas_run}/files/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("name", ["page.html", "picture.svg"])
def test_a_page_that_was_uploaded_is_never_given_back(ada, studio, name):
    content = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    address = bring(ada, content, name)
    text = explored(ada, address)
    assert "<script>alert" not in text
    assert 'class="fault"' in text
    stored = next(own.name for own in studio.uploads if own.read_bytes() == content.encode())
    for place in (f"/files/{name}", f"/files/{stored}", f"{address}/{name}", f"/static/{stored}",
                  f"{address}/{stored}", f"/{stored}"):  # fmt: skip
        assert ada.get(place).status_code in (404, 405)


@pytest.mark.parametrize("foreign_first", [True, False])
def test_a_run_of_another_browser_is_compared_with_none(ada, ben, adas_run, foreign_first):
    own = demo_run(ben).rpartition("/")[2]
    ids = [adas_run.rpartition("/")[2], own]
    a, b = ids if foreign_first else ids[::-1]
    assert ben.get(f"/compare?a={a}&b={b}").status_code == 404
    assert ben.get(f"/compare?a={own}&b={own}").status_code == 422, "one and the same run"
