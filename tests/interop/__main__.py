"""Try the client against servers that people have: `make interop`.

    python -m tests.interop [--server prism] [--quick]

Each server is installed in a folder of its own below `.venv-interop`, started, tried over every transport, and stopped
again, also if this is interrupted. `--quick` tries those that take well under a minute, and writes no report.

The exit status is 1 if something was not as expected, 2 for wrong usage, and after a signal 128 plus its number.
A server that cannot be installed is skipped, and a line says why.
"""

import argparse
import asyncio
import datetime
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.interop.recipes import Recipe
from tests.interop.report import REPORT, Seen, make_report, read_report
from tests.interop.runner import CACHE, Result, run_recipe
from tests.interop.servers import RECIPES

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def run_all(recipes: Sequence[Recipe], cache: Path = CACHE) -> list[Result]:
    """Try servers one after the other, and say what comes of each as soon as it does."""
    results: list[Result] = []
    for recipe in recipes:
        print(f"interop: {recipe.name} ...", file=sys.stderr, flush=True)
        result = await run_recipe(recipe, cache)
        results.append(result)
        print(describe(result), flush=True)
    return results


def describe(result: Result) -> str:
    """Say what came of a recipe, in a line, and in another one for each complaint."""
    name = f"{result.recipe.name} {result.version}".rstrip()
    if result.skipped:
        return f"SKIPPED {name}: {result.skipped}"
    lines = [f"  {complaint}" for complaint in result.complaints]
    what = f"{len(result.sights)} scenes" if not lines else f"{len(lines)} complaints"
    return "\n".join([f"{'FAILED' if lines else 'ok'} {name}: {what}, {result.seconds:.0f} s", *lines])


async def run_until_signal(recipes: Sequence[Recipe], cache: Path = CACHE) -> tuple[list[Result], int]:
    """Try servers; stop if a signal says so. Return the results, and the number of the signal or 0.

    The first signal cancels, and what was started is stopped; others change nothing, since that takes seconds only.
    """
    loop, received = asyncio.get_running_loop(), list[int]()
    running = asyncio.ensure_future(run_all(recipes, cache))

    def stop(number: int) -> None:
        received.append(number)
        if len(received) == 1:
            running.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        return await running, 0
    except asyncio.CancelledError:
        return [], received[0]


def main(arguments: Sequence[str] | None = None, recipes: Sequence[Recipe] = RECIPES) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="interop", description="Try the client against servers that people have.")
    parser.add_argument("--server", choices=[recipe.name for recipe in recipes], help="try this one alone")
    parser.add_argument("--quick", action="store_true", help="only those that take well under a minute; no report")
    options = parser.parse_args(arguments)
    chosen = [
        recipe
        for recipe in recipes
        if (recipe.name == options.server if options.server else recipe.is_quick or not options.quick)
    ]
    results, number = asyncio.run(run_until_signal(chosen))
    if number:
        print(f"interop: stopped by {signal.Signals(number).name}", file=sys.stderr)
        return 128 + number
    if not options.quick:
        update_report(results, recipes)
    return 1 if any(result.complaints for result in results) else 0


def update_report(results: Sequence[Result], recipes: Sequence[Recipe], report: Path = REPORT) -> None:
    """Write into the report which servers did what their recipes say, and keep what it says of the others."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    seen = read_report(report.read_text(encoding="utf-8")) if report.exists() else {}
    seen |= {
        result.recipe.title: Seen(result.version, today)
        for result in results
        if not result.complaints and not result.skipped
    }
    report.write_text(make_report(recipes, seen), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
