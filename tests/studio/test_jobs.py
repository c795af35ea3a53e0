"""What takes time in the studio: runs that wait, are repeated, cancelled, or end with it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import resource
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from studio_here import (
    Studio,
    begin,
    bring,
    demo_run,
    ended,
    explored,
    is_running,
    running_studio,
    until,
)

from segmentry.studio.server import _Discreet

pytestmark = pytest.mark.slow


def under_way(visitor: httpx2.Client, address: str) -> str:
    """The page of a run that has begun and is not over."""

    def read() -> str:
        text = visitor.get(address).text
        assert "<progress" in text, text
        return text if 'aria-current="step"' in text else ""

    return until(read, "the run begins")


def test_a_form_that_is_sent_twice_is_one_run(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: begin(ada, data, key="same", k="3"), range(4)))
    assert len(found) == 1
    address = found.pop()
    assert "<h1>3 segments in Mall_Customers.csv</h1>" in ended(ada, address)
    assert begin(ada, data, key="same", k="3") == address
    assert begin(ada, data, key="other", k="3") != address


def test_of_twenty_runs_one_is_under_way_two_wait_and_the_rest_are_refused(own_studio, long):
    studio = own_studio()
    with studio.visitor() as ada:
        data = bring(ada, long, "long.parquet")
        explored(ada, data)

        def post(_: int) -> httpx2.Response:
            return ada.post(f"{data}/runs", data={"k": "auto"})

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(post, range(20)))
        begun = [own.headers["location"] for own in answers if own.status_code == 303]
        refused = [own for own in answers if own.status_code == 429]
        assert (len(begun), len(refused)) == (3, 17)
        assert "Two runs are waiting already." in refused[0].text
        assert "Wait until one is done, or cancel one." in refused[0].text
        pages = [ada.get(own).text for own in begun]
        assert sum("Waiting for the run before" in own for own in pages) == 2
        for own in begun:
            assert ada.post(f"{own}/cancel").status_code == 303
        assert [re.search("<h2>(.*?)</h2>", ada.get(own).text)[1] for own in begun] == [
            "Cancelled"
        ] * 3
        demo_run(ada)


def test_to_cancel_a_run_ends_its_process_and_the_next_run_works(own_studio, long):
    studio = own_studio()
    with studio.visitor() as ada:
        data = bring(ada, long, "long.parquet")
        explored(ada, data)
        run = begin(ada, data)
        under_way(ada, run)
        workers = studio.workers
        assert ada.post(f"{run}/cancel").headers["location"] == run
        until(lambda: not all(map(is_running, workers)), "its process ends", 10)
        text = ada.get(run).text
        assert "Cancelled" in text
        assert "Nothing was kept of this run." in text
        assert "cancelled" in ada.get("/").text
        assert ada.get(f"{run}/files/model.json").status_code == 404
        demo_run(ada)


def test_a_form_whose_run_was_cancelled_may_be_sent_again(ada, long):
    data = bring(ada, long, "long.parquet")
    run = begin(ada, data, key="once")
    ada.post(f"{run}/cancel")
    assert ada.post(f"{run}/cancel").status_code == 303, "to cancel twice does no harm"
    again = begin(ada, data, key="once")
    assert again != run
    ada.post(f"{again}/cancel")


def test_a_tab_that_is_closed_does_no_harm(studio, ada):
    data = ada.post("/demo").headers["location"]
    with httpx2.Client(base_url=studio.origin, cookies=dict(ada.cookies)) as tab:
        run = begin(tab, data, k="4")
        with tab.stream("GET", run):
            pass  # gone before the page was read
    assert "4 segments in Mall_Customers.csv" in ended(ada, run)


def test_clicks_that_come_fast_are_all_heard(ada):
    data = ada.post("/demo").headers["location"]
    explored(ada, data)
    for column, role in [("Age", "feature"), ("Gender", "ignored"), ("Annual Income (k$)", "id"),
                         ("Annual Income (k$)", "feature"), ("Age", "ignored")]:  # fmt: skip
        answer = ada.post(f"{data}/roles", data={"column": column, "role": role})
        assert answer.status_code == 303
    run = begin(ada, data, k="5")
    text = explored(ada, data)
    assert 'class="fault"' not in text
    pressed = re.findall(r'aria-label="Use of ([^"]*)">.*?value="(\w+)"[^>]*aria-pressed="true"',
                         text, re.DOTALL)  # fmt: skip
    assert dict(pressed)["Age"] == dict(pressed)["Gender"] == "ignored"
    ended(ada, run)
    summary = json.loads(ada.get(f"{run}/files/summary.json").text)
    assert summary["telling"] == ["Annual Income (k$)", "Spending Score (1-100)"]
    roles = {own["column"]: own["role"] for own in summary["columns"]}
    assert roles["Age"] == roles["Gender"] == "ignored"


def test_a_killed_studio_takes_its_processes_along_and_the_next_one_sweeps(tmp_path, long):
    studio = Studio(tmp_path)
    with studio.visitor() as ada:
        data = bring(ada, long, "long.parquet")
        explored(ada, data)
        under_way(ada, begin(ada, data))
        workers = studio.workers
        assert workers
        studio.process.send_signal(signal.SIGKILL)
        assert studio.process.wait(timeout=10) == -signal.SIGKILL
    until(lambda: not any(map(is_running, workers)), "its processes end", 10)
    left = list(studio.tmp.iterdir())
    assert [own.name.startswith("segmentry-studio-") for own in left] == [True]
    assert oct(left[0].stat().st_mode) == "0o40700"
    with running_studio(tmp_path) as later:
        assert not left[0].exists()
        assert later.uploads == []


def test_a_studio_leaves_the_files_of_another_one_that_is_alive(tmp_path):
    with running_studio(tmp_path) as first, first.visitor() as ada:
        data = bring(ada, "spend,visits\n1,2\n3,4\n50,60\n")
        explored(ada, data)
        assert len(first.uploads) == 1
        second = Studio(tmp_path)
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=30) == 143
        assert len(first.uploads) == 1
        ended(ada, begin(ada, data, k="2"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_studio_in_the_midst_of_a_run(own_studio, long, number, code):
    studio = own_studio()
    with studio.visitor() as ada:
        data = bring(ada, long, "long.parquet")
        explored(ada, data)
        under_way(ada, begin(ada, data))
        assert studio.end(number) == code


def test_a_signal_ends_a_studio_that_has_only_just_begun(own_studio):
    assert own_studio().end(signal.SIGINT) == 130


def test_where_there_is_no_room_the_page_says_so_and_goes_on_once_there_is(own_studio, long):
    studio = own_studio()
    with studio.visitor() as ada:
        usual = resource.prlimit(studio.process.pid, resource.RLIMIT_FSIZE)
        for most in (300_000, 2_000_000):  # beyond it, a form is put by; and then it is stored
            resource.prlimit(studio.process.pid, resource.RLIMIT_FSIZE, (most, usual[1]))
            answer = ada.post("/files", files={"file": ("long.parquet", long)})
            assert answer.status_code == 507
            assert "There is no room left on this computer to store" in answer.text
            assert "Delete files that are not needed any more" in answer.text
            assert studio.uploads == []
            assert ada.get("/").status_code == 200
        resource.prlimit(studio.process.pid, resource.RLIMIT_FSIZE, usual)
        explored(ada, bring(ada, long, "long.parquet"))


def test_a_taken_port_is_told_in_two_lines(studio, tmp_path, command):
    port = studio.origin.rpartition(":")[2]
    ended = command("studio", "--port", port)
    assert ended.code == 4
    assert re.fullmatch(
        rf"Error \[S94\]: Cannot listen on 127.0.0.1:{port}: Address already in use.\n"
        r"Fix: Choose another port: segmentry studio --port 0 takes a free one.\n",
        ended.stderr,
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [(KeyError, "A bug in the studio (KeyError)."), (asyncio.CancelledError, "")],
)
def test_a_request_that_ends_with_the_studio_is_not_told_as_a_bug(capsys, kind, told):
    how = (kind, kind("ada@example.org"), None)
    _Discreet().emit(logging.LogRecord("x", logging.ERROR, "x.py", 1, "failed", (), how))
    said = capsys.readouterr().err
    assert said.startswith(told)
    assert bool(said) == bool(told)
    assert "ada" not in said
