"""Writes `benchmarks/REPORT.md`, its plot, and the README's table of ratios, from the results of a run."""

import datetime
import os
import platform
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.batches import BATCHES
from benchmarks.cases import (
    AT_ONCE,
    IMAGE,
    IMAGES,
    LARGE_IMAGES,
    LARGE_UPLOAD,
    LEDGER,
    ONE_IMAGE,
    ROWS,
    SHARED,
    STREAM,
    UPLOAD,
    Case,
)
from benchmarks.conductor import ROOT
from benchmarks.imports import IMPORTS
from benchmarks.measure import BATCH_DELAY_MS
from benchmarks.peers import PEERS, STREAMS
from benchmarks.sharing import PROCESSES
from benchmarks.tables import find_ratios, format_number, markdown, ratio_table, spread_table, target_table
from benchmarks.targets import TARGETS, Results
from benchmarks.ways import WAYS

README = ROOT / "README.md"
REPORT = ROOT / "benchmarks" / "REPORT.md"
PLOT = REPORT.with_name("calls.svg")

_PACKAGES = (
    *("httpx", "httpcore", "attrs", "httpx-aiohttp", "aiohttp", "pyreqwest", "openai", "httpx2"),
    *("openapi-python-client", "orjson", "pybase64", "pillow", "sqlalchemy"),
)

_HOW = """\
One server process, pinned to one CPU core, responds with bytes that were made before. Whoever is measured runs in a
process of its own, pinned to another core, one at a time. In each round everybody has a turn, a different one first.
Everybody sends the same form fields and the same image, reads and parses the whole response, and retries nothing; the
server counts requests and bytes, and a peer that did not do the work ends the run. Figures are medians of the rounds,
with the least and the most in brackets. Proxies, certificates and debug modes of the environment are left out. Linux
only: memory is read from /proc."""

_OURS = """\
"ours" is the client as it comes, with httpx, attrs and h11 alone; ", 1,000 at once" has
`max_concurrency=1000` in place of 100. "over aiohttp" is `image_variations.transports.over_aiohttp()`, "over reqwest"
the function in [examples/transports.py](../examples/transports.py). "stock generator" is what
openapi-python-client's own templates make of the same pin, unchanged, at the time of the run."""

_CALLS = """\
This many tasks each make one call after another, with an image of this size and a small response. None begins a call
after the time given above; the clock runs from the first call to the last response, and covers opening the connections.
Three calls warm it up."""


_WAITING = """\
1,000 calls at once, all given the same 256 KB `bytes`. The server responds to none before it has all of them, or as
many as the client sends at once. Growth of the process above its idle client, at the peak."""

_EVENTS = f"""\
{STREAM.at_once:,} calls at once, each of which reads a stream of {STREAM.count} events with an image of a
few bytes. The server responds to none before it has all of them, and sends each stream one event at a time. CPU time
covers opening the connections; memory is the growth of the process above its idle client, at the peak."""

_IMPORTS = """\
A fresh interpreter; modules are compiled already. CPU time is that of the statement alone, memory the peak of the whole
process. aiohttp is hidden from openai where it is not used: it would be imported all the same. Our names are imported
when they are asked for: "ours" is `import image_variations` alone, "ours, names used" what a program pays.
"httpx, asyncio, attrs" is what comes with any client on these, and none of its own code. "one call" is a program that
imports, makes a client, sends a small image and parses the response; it is measured as a whole, on the wire."""

_IMAGES = f"""\
{IMAGES} images of {IMAGE / 1e6} MB in base64, from a call to its files. orjson and pybase64 (the extra `speed`) are
installed for everybody here, except where it says "not accelerated".
Memory is growth above the idle client, the stall the longest time for which the event loop did nothing else. Every
file is compared with what the server sent. Decoding and writing in one go, as the ways of the last two rows do, is how
the SDK's and httpx's users write; it is not the libraries' own doing."""


_BATCHES = f"""\
{LEDGER.count:,} small images, {LEDGER.at_once} at once, to a server that responds after {BATCH_DELAY_MS} ms.
`run_batch` writes each image to a file, and commits to its ledger what it sends and what came of it; both are synced to
the disk. "gather" makes the same calls with `asyncio.gather`, and keeps nothing."""


_SHARING = f"""\
{SHARED.count:,} small images, in processes that share a ledger, {SHARED.at_once} at once in each of them, to the same
server. Counted while all of them work, on {os.cpu_count()} cores, which the server has a share of."""

_ROWS = f"""\
{ROWS.count:,} rows are claimed, intended and recorded, without a request."""


def write_report(facts: Mapping[str, str], results: Results, profiles: Mapping[Case, str]) -> None:
    """Write the report, the plot and the README's table."""
    REPORT.write_text(make_report(facts, results, profiles), encoding="utf-8")
    readme = replace_ratios(README.read_text(encoding="utf-8"), ratio_table(results))
    README.write_text(readme, encoding="utf-8")
    draw_plot(results, PLOT)


def describe_run(rounds: int, seconds: float) -> dict[str, str]:
    """Say what is to be known to judge or repeat a run: date, machine, versions, and how much was measured.

    Nothing in it tells whose machine it is.
    """
    installed = {package.name: package.version for package in distributions()}
    return {
        "Date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "Command": f"`make bench ROUNDS={rounds} SECONDS={seconds:g}`",
        "Machine": f"{_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release().split('-')[0]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}, asyncio's own event loop",
        "Versions": ", ".join(f"{name} {installed[name]}" for name in _PACKAGES if name in installed),
        "Rounds": f"{rounds}; {len(range(0, rounds, 2))} where a thousand go at once or uploads are large",
        "Begun for": f"{seconds:g} s in each measurement of calls, and each of the tasks makes at least one call",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def make_report(facts: Mapping[str, str], results: Results, profiles: Mapping[Case, str]) -> str:
    """Make the report, in Markdown.

    Args:
        facts: What is to be known of the run, by name.
        results: Every sample.
        profiles: What a profile shows, by the case of this client that misses a target.
    """
    held = sum(target.holds(results) for target in TARGETS)
    lines = ["# Benchmarks", "", "Written by `make bench`. Not edited.", "", "## The run", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", _HOW, "", _OURS, "", "## Ratios", "", *ratio_table(results), ""]
    lines += ["Medians of the same run, with 256 KB uploads. CPU and memory: less is better; calls/s: more is.", ""]
    lines += ["## Targets", "", f"{held} of {len(TARGETS)} hold."]
    lines += ["`make bench-check` measures them afresh.", "", *target_table(results), ""]
    for case, profile in profiles.items():
        lines += [head_profile(case), "", "```text", profile, "```", ""]
    lines += ["## Calls", "", _CALLS, "", f"![Calls per second against calls at once]({PLOT.name})", ""]
    for size, name in ((UPLOAD, "256 KB"), (LARGE_UPLOAD, "4 MB")):
        lines += _calls(results, size, name)
    limits = markdown(["", "limit"], ([name, peer.limit_is] for name, peer in PEERS.items()), texts=2)
    lines += ["What lets calls go at once, with each:", "", *limits, ""]
    lines += _waiting(results) + _events(results) + _imports(results) + _images(results) + _batches(results)
    return "\n".join(lines).rstrip() + "\n"


def head_profile(case: Case) -> str:
    """Say what the profile of a case shows."""
    return f"What a profile shows of {case.subject}, {case}:"


def _calls(results: Results, size: int, name: str) -> list[str]:
    lines: list[str] = []
    for figure, title in (("per_second", "calls per second"), ("cpu_ms", "CPU time per call, ms")):
        columns = {f"{at_once:,} at once": (figure, Case("calls", "", at_once, size)) for at_once in AT_ONCE}
        lines += [f"### {name}: {title}", "", *spread_table(results, PEERS, columns), ""]
    return lines


def _waiting(results: Results) -> list[str]:
    cases = [Case("waiting", name, AT_ONCE[-1], UPLOAD) for name in PEERS]
    table = spread_table(results, PEERS, {"MiB": ("memory_kb", cases[0])})
    each = [format_number(results.median(case, "memory_kb") / case.at_once) for case in cases]
    rows = [f"{row} {cell} |" for row, cell in zip(table, ["KiB per call", "--:", *each], strict=True)]
    return ["## Memory of waiting calls", "", _WAITING, "", *rows, ""]


def _events(results: Results) -> list[str]:
    columns = {f"CPU per {STREAM.count} events, ms": ("cpu_ms", STREAM), "memory, MiB": ("memory_kb", STREAM)}
    return ["## Events", "", _EVENTS, "", *spread_table(results, STREAMS, columns), ""]


def _imports(results: Results) -> list[str]:
    columns = {"CPU, ms": ("cpu_ms", Case("imports", "")), "peak, MiB": ("memory_kb", Case("imports", ""))}
    statements = markdown(["", "statement"], ([name, chosen.markdown] for name, chosen in IMPORTS.items()), texts=2)
    return ["## Import", "", _IMPORTS, "", *spread_table(results, IMPORTS, columns), "", *statements, ""]


def _images(results: Results) -> list[str]:
    lines = ["## Images to disk", "", _IMAGES, ""]
    for at_once in (1, 8):
        case = Case("images", "", at_once, IMAGE, IMAGES)
        columns = {
            f"{at_once} at once: CPU per call, ms": ("cpu_ms", case),
            "memory, MiB": ("memory_kb", case),
            "longest stall, ms": ("stall_ms", case),
        }
        lines += [*spread_table(results, WAYS, columns), ""]
    one, large = (results.median(case, "memory_kb") / 1024 for case in (ONE_IMAGE, LARGE_IMAGES))
    lines += [f"Memory of `{ONE_IMAGE.subject}`: {one:.1f} MiB for one image of {IMAGE / 1e6} MB, {large:.1f} MiB for"]
    lines += [f"ten of {LARGE_IMAGES.size / 1e6} MB.", ""]
    return lines


def _batches(results: Results) -> list[str]:
    columns = {"calls per second": ("per_second", LEDGER), "CPU time per call, ms": ("cpu_ms", LEDGER)}
    lines = ["## Batches", "", _BATCHES, "", *spread_table(results, BATCHES, columns), ""]
    lines += [_SHARING, "", *spread_table(results, PROCESSES, {"calls per second": ("per_second", SHARED)}), ""]
    return [*lines, _ROWS, "", *spread_table(results, [ROWS.subject], {"CPU per row, ms": ("cpu_ms", ROWS)}), ""]


def replace_ratios(readme: str, table: Iterable[str]) -> str:
    """Put a table of ratios into the README, in place of the one that is there.

    Raises:
        ValueError: None is there.
    """
    old = find_ratios(readme)
    if not old:
        raise ValueError("README.md has no table of ratios")
    return readme.replace("\n".join(old), "\n".join(table))


def draw_plot(results: Results, path: Path) -> None:
    """Draw everybody's medians, with the least and the most of the rounds as bars, into an SVG file."""
    # Imported by name, for it is in the peers' environment only: nothing but this plot needs it.
    matplotlib, figures = import_module("matplotlib"), import_module("matplotlib.figure")
    # Names inside the file are drawn at random otherwise, and its date is that of the drawing.
    matplotlib.rcParams["svg.hashsalt"] = "calls"
    matplotlib.rcParams["svg.fonttype"] = "none"  # texts stay texts
    figure = figures.Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for name in PEERS:
        cases = [case for n in AT_ONCE if (case := Case("calls", name, n, UPLOAD)) in results.samples]
        spreads = [results.spread(case, "per_second") for case in cases]
        bars = [[one.median - one.least for one in spreads], [one.most - one.median for one in spreads]]
        ours = name.startswith("ours")
        style = {"linewidth": 2.2 if ours else 1.2, "linestyle": "-" if ours else "--", "marker": "o", "markersize": 4}
        medians = [one.median for one in spreads]
        axes.errorbar([case.at_once for case in cases], medians, yerr=bars, label=name, capsize=3, **style)
    axes.set(xscale="log", yscale="log", xlabel="calls at once", ylabel="calls per second, 256 KB uploads")
    axes.set_xticks(AT_ONCE, [f"{n:,}" for n in AT_ONCE])
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(path, metadata={"Date": None})
