"""The benchmarks: that they measure what they say, and that their arithmetic is right. No time is measured here."""

import asyncio
import base64
import cProfile
import http.client
import os
import re
import selectors
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve

from benchmarks.__main__ import judge, main
from benchmarks.cases import ALL, STREAM, UPLOAD, Case, group_cases, period
from benchmarks.conductor import (
    ROOT,
    Conductor,
    MeasurementError,
    generate_stock,
    neutral_environment,
    start_conductor,
)
from benchmarks.imports import IMPORTS, make_program
from benchmarks.measure import (
    WorkNotDoneError,
    check_counts,
    check_files,
    measure_at_once,
    measure_calls,
    measure_images,
)
from benchmarks.peers import EVENTS, PEERS, STOCK, STREAMS
from benchmarks.profile import describe_calls, describe_import, package_of, rank_functions
from benchmarks.report import README, REPORT, describe_run, make_report, replace_ratios
from benchmarks.sample import FIELDS, KEY, SMALL, encode_image, make_event, make_image
from benchmarks.server import Counts, Parser, base_url, hold, read_counts, start_server
from benchmarks.tables import find_ratios, format_number, ratio_table, target_lines
from benchmarks.targets import TARGETS, Results, Sample, Spread, Target, cases_of
from benchmarks.ways import WAYS
from tests.reference_server import ReferenceServer
from tests.support.generation import generated
from tests.support.sampling import sampled
from tests.support.server import ScriptedServer
from tests.support.turns import reply

OURS, THEIRS = Case("calls", "ours"), Case("calls", "openai")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server, on a CPU core that it may use."""
    with start_server(min(os.sched_getaffinity(0))) as url:
        yield url


@pytest.fixture(scope="module")
def stock_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the stock generator makes of the pin."""
    folder = tmp_path_factory.mktemp("stock")
    generate_stock(folder)
    return folder


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Python finds the client that reads events."""
    with generated(ROOT / "tests" / "documents" / "image_events.yaml", tmp_path_factory.mktemp("events"), EVENTS):
        yield


@pytest.fixture
def stock(stock_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python finds the stock generator's output, for as long as a test takes."""
    monkeypatch.setattr(sys, "path", [str(stock_folder), *sys.path])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == STOCK]:
        del sys.modules[name]


# Who is measured


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(
    "name", sampled(PEERS, "raw sockets", "httpx", "openai", "stock generator", "ours", "ours over reqwest")
)
async def test_every_peer_sends_the_same_form_and_returns_the_image(name: str, png: bytes) -> None:
    """A server that holds requests against the document reads the same fields and bytes from each of them."""
    async with ReferenceServer(api_key=KEY) as reference:
        async with PEERS[name].open(reference.base_url) as call:
            image = await call(png)
        [request] = reference.requests
    assert dict(request.fields) == FIELDS
    assert [(file.name, file.content) for file in request.files] == [("image", png)]
    assert base64.b64decode(image).startswith(b"\x89PNG")


async def test_a_measurement_counts_the_calls_that_the_server_saw(server: str) -> None:
    """With no time to go on, each task makes one call; all of them are counted."""
    figures = await measure_calls(Case("calls", "ours", 5, 4096), server, 0)
    assert figures["calls"] == 5
    assert figures["per_second"] > 0
    assert figures["cpu_ms"] > 0


async def test_waiting_calls_are_measured_while_the_server_holds_them(server: str) -> None:
    """It responds once all of them are in; they have a memory and a CPU time."""
    assert set(await measure_at_once(Case("waiting", "ours", 3, 4096), server)) == {"memory_kb", "cpu_ms"}
    hold(server, 1)


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("name", STREAMS)
async def test_streams_of_events_are_measured_to_their_last_event(server: str, name: str) -> None:
    """The image of the last event is the server's, else a measurement fails; they have a memory and a CPU time."""
    assert set(await measure_at_once(Case("events", name, 3, 96, 5), server)) == {"memory_kb", "cpu_ms"}
    hold(server, 1)


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_that_lacks_an_event_is_no_figure(name: str) -> None:
    """Events are numbered, and one that is missing in the middle fails the call."""
    stream = b"".join(make_event(number, 5, SMALL) for number in (0, 1, 3, 4))
    turn = reply(200, stream, {"Content-Type": "text/event-stream"})
    async with ScriptedServer(turn) as server, STREAMS[name].open(server.base_url) as call:
        with pytest.raises(ValueError, match="event 2 is missing"):
            await call(make_image(96))


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
async def test_every_way_saves_what_the_server_sent(server: str, way: str) -> None:
    """Two calls with three images each leave the server's images, and have a CPU time, a memory and a stall."""
    figures = await measure_images(Case("images", way, 2, 1000, 3), server)
    assert set(figures) == {"cpu_ms", "memory_kb", "stall_ms"}


@pytest.mark.parametrize(
    ("requests", "received"),
    [pytest.param(9, 1000, id="a call too few"), pytest.param(11, 1000, id="too many"), (10, 999), (10, 100_000)],
)
def test_work_that_was_not_done_is_no_figure(requests: int, received: int) -> None:
    """Ten calls with 100 bytes each have to be ten at the server, with the images' bytes and little beside."""
    check_counts(Counts(5, 50), Counts(15, 1150), 10, 100)
    with pytest.raises(WorkNotDoneError, match=f"10 calls with 100 bytes each, but the server saw {requests}"):
        check_counts(Counts(5, 50), Counts(5 + requests, 50 + received), 10, 100)


def test_a_measurement_that_fails_says_whose_it_is() -> None:
    """The run ends with the subject, the case, and what the process that measured said."""
    core = min(os.sched_getaffinity(0))
    conductor = Conductor("http://127.0.0.1:9", core, 0, {**os.environ, "PYTHONPATH": str(ROOT)})
    with pytest.raises(MeasurementError, match=r"^httpx, 1 KB in, 2 at once: (.|\n)*Connection refused$"):
        conductor.measure(Case("calls", "httpx", 2, 1024))


@pytest.mark.parametrize(
    "name", sampled(["python", "ours", "ours, client made", "httpx, client made"], "ours, client made")
)
def test_an_import_is_measured_in_an_interpreter_of_its_own(name: str) -> None:
    """The program prints the CPU time of the import and the memory of the process."""
    done = subprocess.run([sys.executable, "-c", make_program(name)], check=True, capture_output=True, text=True)
    assert re.fullmatch(r'\{"cpu_ms": \d+\.\d+, "memory_kb": \d+\}\n', done.stdout)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", sampled([name for name, chosen in IMPORTS.items() if chosen.call], "ours, one call"))
def test_a_program_makes_the_call_that_it_is_measured_with(server: str, name: str) -> None:
    """The server sees it, and a program that gets another image than the server's is no measurement."""
    before = read_counts(server)
    code = make_program(name, base_url(server, 1, SMALL))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert re.fullmatch(r'\{"cpu_ms": \d+\.\d+, "memory_kb": \d+\}\n', done.stdout)
    assert read_counts(server).requests == before.requests + 1
    wrong = make_program(name, base_url(server, 1, SMALL + 3))
    failed = subprocess.run([sys.executable, "-c", wrong], check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "AssertionError: another image than the server's came back" in failed.stderr


def test_who_is_measured_has_a_neutral_environment() -> None:
    """Neither a proxy of the caller's, nor a key or a debug mode, makes one of them slower than the others."""
    biased = ("https_proxy", "NO_PROXY", "OPENAI_API_KEY", "SSL_CERT_FILE", "SSLKEYLOGFILE", "PYTHONASYNCIODEBUG")
    assert neutral_environment({**dict.fromkeys(biased, "x"), "PATH": "/bin", "HOME": "/"}) == {
        "PATH": "/bin",
        "HOME": "/",
    }


def test_one_cpu_core_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server and a client that share one are no measurement."""
    monkeypatch.setattr(os, "sched_getaffinity", {os.getpid(): {0}, 0: {0}}.get)
    with pytest.raises(MeasurementError, match="a CPU core each"), start_conductor(1, stock=False):
        pass


def test_files_that_are_not_the_servers_images_are_no_figure(tmp_path: Path) -> None:
    """As many as there should be, and each byte for byte."""
    (tmp_path / "1.png").write_bytes(b"a")
    (tmp_path / "2.png").write_bytes(b"a")
    check_files([tmp_path], 2, b"a")
    for count, content in ((1, b"a"), (2, b"b")):
        with pytest.raises(WorkNotDoneError, match="a call left 2 files"):
            check_files([tmp_path], count, content)


def test_a_hidden_module_is_not_imported() -> None:
    """The SDK alone is measured without aiohttp, which it would import where it is installed."""
    code = make_program("openai") + "assert sys.modules['aiohttp'] is None\n"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


# The server


REQUEST = b"POST /1/64/v1/images/variations HTTP/1.1\r\nHost: a\r\nContent-LENGTH: 10\r\n\r\n0123456789"


@pytest.mark.parametrize("size", [1, 2, 7, 64, len(REQUEST)])
def test_a_request_is_whole_at_its_last_byte_however_it_is_cut(size: int) -> None:
    """The parser says so once, and knows method, path and length."""
    parser = Parser()
    pieces = [REQUEST[start : start + size] for start in range(0, len(REQUEST), size)]
    told = [parser.feed(memoryview(piece)) for piece in pieces]
    assert told == [False] * (len(pieces) - 1) + [True]
    assert (parser.method, parser.path, parser.length) == ("POST", "/1/64/v1/images/variations", 10)


def test_a_request_without_a_body_ends_with_its_head() -> None:
    """A GET has no length."""
    assert Parser().feed(memoryview(b"GET /counts HTTP/1.1\r\n\r\n"))


def test_a_body_of_unknown_length_is_refused() -> None:
    """Counting bytes needs a Content-Length; nobody here sends anything else."""
    with pytest.raises(ValueError, match="a body of unknown length"):
        Parser().feed(memoryview(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"))


async def test_a_server_that_holds_responds_to_none_before_all_are_in(server: str) -> None:
    """Two of three calls wait; the third lets them all go."""
    before = read_counts(server)
    hold(server, 3)
    image = make_image(100)
    async with PEERS["httpx"].open(base_url(server, 1, SMALL)) as call:
        first = [asyncio.ensure_future(call(image)) for _ in range(2)]
        while (await asyncio.to_thread(read_counts, server)).requests < before.requests + 2:
            pass
        assert not any(task.done() for task in first)
        images = [await call(image), *await asyncio.gather(*first)]
    hold(server, 1)
    assert images == [encode_image(SMALL)] * 3


def test_the_path_says_what_the_response_is(server: str) -> None:
    """Two images of 100 bytes each."""
    connection = http.client.HTTPConnection(server.removeprefix("http://"))
    connection.request("POST", "/2/100/v1/images/variations", body=b"x")
    body = connection.getresponse().read().decode()
    connection.close()
    assert body.count(encode_image(100)) == 2


def test_edits_get_a_stream_of_events(server: str) -> None:
    """Three events, numbered from 0, of which the last has the image of 100 bytes."""
    connection = http.client.HTTPConnection(server.removeprefix("http://"))
    connection.request("POST", "/3/100/v1/images/edits", body=b"x")
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    assert response.headers["Content-Type"] == "text/event-stream"
    assert re.findall('"created_at": ([0-9]+)', body) == ["0", "1", "2"]
    assert [encode_image(100) in event for event in body.removesuffix("\n\n").split("\n\n")] == [False, False, True]


# Arithmetic


def results(ours: list[float], theirs: list[float]) -> Results:
    """A run in which two were measured."""
    return Results({OURS: [{"per_second": one} for one in ours], THEIRS: [{"per_second": one} for one in theirs]})


def test_a_spread_is_the_median_and_the_ends() -> None:
    """In whatever order the rounds gave them."""
    assert Spread.of([5, 1, 4]) == Spread(4, 1, 5)
    assert Spread.of([1, 2]) == Spread(1.5, 1, 2)


def test_a_target_compares_medians() -> None:
    """One outlier moves neither the ratio nor the verdict."""
    target = Target("per_second", OURS, THEIRS, "≥", 2)
    run = results([10, 11, 1000], [5, 5, 0.1])
    assert target.ratio(run) == pytest.approx(2.2)
    assert target.holds(run)
    assert not evolve(target, factor=2.3).holds(run)


def test_a_target_holds_at_its_edge_and_on_its_side() -> None:
    """At most and at least both allow the limit itself; an allowance is added to it."""
    run = results([12], [10])
    at_most = Target("per_second", OURS, THEIRS, "≤", 1.2)
    assert at_most.holds(run)
    assert evolve(at_most, relation="≥").holds(run)
    assert not evolve(at_most, factor=1).holds(run)
    assert evolve(at_most, factor=1, allowance=2).holds(run)


def test_a_figure_that_is_good_enough_holds_whatever_the_peer_has() -> None:
    """A stall of 5 ms is nothing that anybody notices, also if the peer has none."""
    target = Target("per_second", OURS, THEIRS, "≤", 0.5, enough=4)
    assert target.rule == "≤ 0.5 × or 4 ms"  # noqa: RUF001  # a multiplication sign
    assert target.holds(results([4], [0]))
    assert not target.holds(results([5], [0]))
    assert target.holds(results([5], [10]))


def test_each_round_begins_with_another_subject() -> None:
    """Those that are compared stay together, and everybody is first once."""
    names = ("a", "b", "c")
    cases = [Case("calls", name, at_once) for name in names for at_once in (1, 32)]
    orders = [["".join(case.subject for case in group) for group in group_cases(cases, number)] for number in range(3)]
    assert orders == [["abc", "abc"], ["bca", "bca"], ["cab", "cab"]]


def test_what_targets_compare_is_measured_by_a_whole_run_too() -> None:
    """Both read the same cases, and compare only what the same rounds measured."""
    assert set(cases_of()) <= set(ALL)
    assert len(ALL) == len(set(ALL))
    assert all(period(target.ours) == period(target.peer) for target in TARGETS)


def test_a_profile_is_told_by_package_and_function() -> None:
    """Shares of the time spent in a function itself, the largest first."""
    entries = {
        ("/x/site-packages/httpx/_client.py", 3, "send"): 1.0,
        ("/x/generated/image_variations/client.py", 9, "call"): 2.0,
        ("~", 0, "<method 'send'>"): 1.0,
    }
    assert rank_functions(entries) == [
        " 50.0%  image_variations",
        " 25.0%  httpx",
        " 25.0%  C",
        "",
        " 50.0%  image_variations: client.py: call",
        " 25.0%  httpx: _client.py: send",
        " 25.0%  C: <method 'send'>",
    ]
    assert package_of("/usr/lib/python3.11/asyncio/events.py") == "Python's library"


def compiled(file: str) -> Callable[[], object]:
    """A function called `work`, as if it were in a file of this name."""
    functions: dict[str, Callable[[], object]] = {}
    exec(compile("def work(): return sorted(range(99))", file, "exec"), functions)  # noqa: S102  # named by its file
    return functions["work"]


def test_a_profile_has_every_function_whatever_others_are_called() -> None:
    """Two of one name, in two files, are two; waiting is none."""
    one, other = compiled("/x/site-packages/one/a.py"), compiled("/x/site-packages/other/a.py")
    profiler = cProfile.Profile()
    with profiler, selectors.EpollSelector() as selector:
        one()
        other()
        selector.select(0)
    rows = describe_calls(profiler)
    assert {row.split("  ")[-1] for row in rows if row.endswith(": work")} == {"one: a.py: work", "other: a.py: work"}
    assert not any("select.epoll" in row for row in rows)


def test_the_profile_of_an_import_is_told_by_package_and_module() -> None:
    """Shares of the time that each module's own code took; what Python brings itself is one."""
    trace = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |     ssl
import time:       200 |        300 |   httpx._client
import time:       200 |        500 | httpx
import time:       500 |       1000 | image_variations
"""
    assert describe_import(trace) == [
        " 50.0%  image_variations",
        " 40.0%  httpx",
        " 10.0%  Python's library",
        "",
        " 50.0%  image_variations",
        " 20.0%  httpx._client",
        " 20.0%  httpx",
        " 10.0%  ssl",
    ]


FIGURES = ("cpu_ms", "per_second", "memory_kb", "stall_ms")

# The report


@pytest.fixture
def run() -> Results:
    """A run in which every figure of everybody was 2,048, and one case of ours misses what it should."""
    figures: Sample = dict.fromkeys(FIGURES, 2048.0)
    return Results({case: [figures] for case in ALL})


def test_the_report_names_everybody_and_every_target(run: Results) -> None:
    """Each peer, each way to get images, each import, and each target with its verdict."""
    text = make_report({}, run, {})
    for name in [*PEERS, *STREAMS, *WAYS, *IMPORTS]:
        assert f"\n| {name} |" in text
    held = sum(target.holds(run) for target in TARGETS)
    assert f"\n{held} of {len(TARGETS)} hold.\n" in text
    assert text.count("| held |") == held
    assert text.count("| **MISSED** |") == len(TARGETS) - held
    assert "2,048 (2,048\N{EN DASH}2,048)" in text


def test_the_report_has_the_profile_of_a_missed_target(run: Results) -> None:
    """Whoever reads that one is missed reads there, too, where the time goes."""
    missed = next(target.ours for target in TARGETS if not target.holds(run))
    assert "```text\n 50.0%  httpcore\n```" in make_report({}, run, {missed: " 50.0%  httpcore"})


def test_the_report_says_nothing_of_where_it_was_made(run: Results) -> None:
    """No folder of the machine is in it."""
    text = make_report(describe_run(1, 0.2), run, {})
    assert "- Command: `make bench ROUNDS=1 SECONDS=0.2`\n" in text
    assert str(ROOT) not in text


def test_the_committed_report_is_in_todays_form(run: Results) -> None:
    """It has the headings and paragraphs, and the rows of each table, that a run would write today."""
    facts = describe_run(1, 1)
    fresh, committed = make_report(facts, run, {}), REPORT.read_text(encoding="utf-8")
    assert outline(committed) == outline(fresh)


def outline(report: str) -> list[str]:
    """What is the same in every report: its text, and the first cell of each row, without profiles and figures."""
    text = re.sub(r"What a profile shows of .*?:\n\n```text\n.*?```\n\n", "", report, flags=re.DOTALL)
    text = re.sub(r"^- ([\w ]+): .*$", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"\d+ of \d+ hold|[\d.]+ MiB", "", text)
    return [line.split("|")[1] if line.startswith("|") else line for line in text.splitlines()]


def test_a_target_is_told_in_a_line() -> None:
    """Verdict, ratio, rule, and who was compared."""
    [line] = target_lines(results([12], [10]), [Target("per_second", OURS, THEIRS, "≥", 1)])
    assert " ".join(line.split()).startswith("held 1.200 ≥ 1 ")
    assert line.endswith("ours / openai, 0 KB in, 1 at once: calls/s")


def test_the_exit_status_tells_whether_all_targets_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """One that is missed is a failure, unless others alone are measured."""
    everything = Results({case: [dict.fromkeys(FIGURES, 0.0)] for case in cases_of()})
    assert judge(everything) == 0
    assert capsys.readouterr().out == f"\n{len(TARGETS)} of {len(TARGETS)} targets hold.\n"
    one = Results({**everything.samples, Case("imports", "ours, one call"): [{"cpu_ms": 1.0, "memory_kb": 0.0}]})
    assert judge(one) == 1
    assert judge(one, [target for target in TARGETS if target.ours == STREAM]) == 0
    said = f"\n{len(TARGETS) - 1} of {len(TARGETS)} targets hold.\n\n2 of 2 targets hold.\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_no_rounds_are_no_run(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said before anything is measured."""
    with pytest.raises(SystemExit, match="2"):
        main(["check", "--rounds", rounds])
    assert "--rounds" in capsys.readouterr().err


def test_a_profile_of_somebody_unknown_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names those that are measured."""
    assert main(["profile", "nobody", "--axis", "imports"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("benchmarks: nobody is not measured; these are: python; httpx; ")


def test_every_miss_of_the_report_has_its_profile() -> None:
    """The committed report shows why a target of calls or imports is missed."""
    text = REPORT.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "**MISSED**" in line]
    rows = [
        line.split("|") for line in lines if not any(kind in line for kind in (" MB out, ", " events, ", " images, "))
    ]
    missed = {row[2].partition(":")[0].strip() for row in rows}
    assert all(f"What a profile shows of {subject}, " in text for subject in missed)


def test_numbers_have_the_digits_that_matter() -> None:
    """Three of them, or all that are left of the point."""
    assert [format_number(value) for value in (0.123, 12.34, 1234.5, -3)] == ["0.12", "12.3", "1,234", "-3.00"]


def test_the_readme_takes_the_table_of_a_run(run: Results) -> None:
    """The old one goes, and what is around it stays."""
    table = ratio_table(run)
    changed = replace_ratios("a\n\n| ours / peer | old |\n| --- | --: |\n\nb\n", table)
    assert changed == "\n".join(["a", "", *table, "", "b", ""])
    assert find_ratios(changed) == table
    with pytest.raises(ValueError, match=r"README\.md has no table of ratios"):
        replace_ratios("a\n", table)


def test_the_readme_shows_what_the_report_says() -> None:
    """Its table of ratios is that of the committed report."""
    shown = find_ratios(README.read_text(encoding="utf-8"))
    assert shown
    assert shown == find_ratios(REPORT.read_text(encoding="utf-8"))


def test_uploads_are_what_the_pin_allows() -> None:
    """The first bytes are a square PNG's, and the length is exact."""
    assert len(make_image(UPLOAD)) == UPLOAD
    assert make_image(96).startswith(b"\x89PNG\r\n\x1a\n")
