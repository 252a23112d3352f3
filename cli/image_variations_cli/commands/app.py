"""The command line: subcommands, their options and their help.

What a subcommand needs is imported when it runs, so that `--help` and completion are fast.
"""

from pathlib import Path
from typing import Annotated

import typer
from image_variations import __version__

from . import options as o
from .output import Output

EXIT_STATUSES = """\
\b
Exit statuses:
  0    nothing failed and nothing is unknown (after --limit, rows may be pending)
  1    the command could not do its work
  2    wrong usage
  3    some rows failed
  4    some rows are unknown, and none failed; of vary: it may have been billed
  11   another program holds the ledger, and does not share it
  130  interrupted
Any other is a failure."""

_EXAMPLES = """\
\b
Examples:
  image-variations vary otter.png -n 4 --size 512x512 --output-dir out/
  image-variations batch photos/ --fit crop -n 2 --output-dir out/
  image-variations export --format html --output-dir out/

"""

app = typer.Typer(
    name="image-variations",
    help="Make variations of images, one or thousands, through POST /images/variations.",
    epilog=_EXAMPLES + EXIT_STATUSES,
    rich_markup_mode=None,  # plain text is readable at every width, and needs no import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"image-variations {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def _output(context: typer.Context) -> Output:
    assert isinstance(context.obj, Output)  # noqa: S101  # `run` passes it
    return context.obj


@app.command(
    epilog="""\
\b
Examples:
  image-variations vary otter.png -n 4 --size 512x512 --output-dir out/
  image-variations vary photo.jpg --fit crop
  curl -s https://example.org/otter.png | image-variations vary - --json""",
)
def vary(
    context: typer.Context,
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="The image, or - for standard input.", show_default=False)
    ],
    output_dir: Annotated[
        str, typer.Option("--output-dir", "-o", metavar="DIR", help="Where the images go.")
    ] = "variations",
    n: o.Number = None,
    size: o.Size = None,
    model: o.Model = None,
    user: o.User = None,
    response_format: o.ResponseFormat = "b64_json",
    field: o.Field = None,
    fit: o.FitOption = "refuse",
    base_url: o.BaseUrl = None,
    api_key_file: o.ApiKeyFile = None,
    timeout: o.Timeout = 600.0,
    transport: o.Transport = "default",
    json: o.JsonFlag = False,
) -> int:
    """Vary one image, now. Prints the paths of the files."""
    fields = o.Fields.of_options(n, size, model, user, response_format, field)
    server = o.Server(base_url, api_key_file, timeout, transport)
    if "://" in output_dir:
        raise typer.BadParameter("vary writes to a directory; batch also writes to URLs", param_hint="--output-dir")
    from .vary import Work, vary

    return vary(Work(image, fields, fit, Path(output_dir)), server, _output(context))


@app.command(
    epilog="""\
\b
Examples:
  image-variations batch photos/ --fit crop -n 2 --output-dir out/
  image-variations batch 'photos/**/*.png' list.csv --output-dir out/ --dry-run --price 0.02
  find photos -size -4M -name '*.png' | image-variations batch - --format txt -o out/

Run it again to go on: what is done is not sent again, and what may have been
billed is sent again only by `image-variations retry --unknown`.""",
)
def batch(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCES...", help="Images, folders, globs, lists (.txt, .csv, .jsonl); - is a list."),
    ],
    output_dir: o.OutputDir,
    ledger: o.LedgerUrl = None,
    n: o.Number = None,
    size: o.Size = None,
    model: o.Model = None,
    user: o.User = None,
    response_format: o.ResponseFormat = "b64_json",
    field: o.Field = None,
    fit: o.FitOption = "refuse",
    list_format: Annotated[
        o.ListFormat | None, typer.Option("--format", help="How the list on standard input is written.")
    ] = None,
    concurrency: o.Concurrency = 16,
    rate: o.Rate = None,
    limit: o.Limit = None,
    price: o.Price = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and change nothing.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Send images that the ledger knows with other options, and pay for them.")
    ] = False,
    base_url: o.BaseUrl = None,
    api_key_file: o.ApiKeyFile = None,
    timeout: o.Timeout = 600.0,
    transport: o.Transport = "default",
    json: o.JsonFlag = False,
) -> int:
    """Vary many images, each once. Running it again resumes."""
    fields = o.Fields.of_options(n, size, model, user, response_format, field)
    server = o.Server(base_url, api_key_file, timeout, transport)
    from .batch import Order, batch
    from .work import Place

    place = Place(output_dir, ledger, price)
    order = Order(sources, place, fields, fit, list_format, concurrency, rate, limit, again, dry_run)
    return batch(order, server, _output(context))


@app.command(
    epilog="""\
\b
Examples:
  image-variations status --output-dir out/
  image-variations status -o out/ --all --json

The exit status is that of the rows: 3 if some failed, 4 if some are unknown.""",
)
def status(
    context: typer.Context,
    output_dir: o.OutputDir,
    ledger: o.LedgerUrl = None,
    is_all: Annotated[
        bool, typer.Option("--all", help="Show every row, not only those that failed or are unknown.")
    ] = False,
    price: o.Price = None,
    json: o.JsonFlag = False,
) -> int:
    """Say what became of the rows of a batch, and why."""
    from .status import status
    from .work import Place

    return status(Place(output_dir, ledger, price), _output(context), is_all=is_all)


@app.command(
    epilog="""\
\b
Examples:
  image-variations retry --failed --output-dir out/
  image-variations retry --unknown --output-dir out/ --price 0.02

An unknown row may have been billed. It is sent under the idempotency key that
it had: a server that honours it pays once, any other perhaps twice.""",
)
def retry(
    context: typer.Context,
    output_dir: o.OutputDir,
    ledger: o.LedgerUrl = None,
    failed: Annotated[bool, typer.Option("--failed", help="The rows that failed and cost nothing.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="The rows that may have been billed.")] = False,
    billed: Annotated[
        bool, typer.Option("--billed", help="With --failed: those that were billed instead, and are paid again.")
    ] = False,
    concurrency: o.Concurrency = 16,
    rate: o.Rate = None,
    limit: o.Limit = None,
    price: o.Price = None,
    base_url: o.BaseUrl = None,
    api_key_file: o.ApiKeyFile = None,
    timeout: o.Timeout = 600.0,
    transport: o.Transport = "default",
    json: o.JsonFlag = False,
) -> int:
    """Send rows again that failed, or that are unknown."""
    if failed == unknown:
        raise typer.BadParameter("say which rows to send again: --failed or --unknown")
    if billed and not failed:
        raise typer.BadParameter("--billed goes with --failed")
    server = o.Server(base_url, api_key_file, timeout, transport)
    from .retry import Choice, retry
    from .work import Place

    choice = Choice(failed, unknown, billed, concurrency, rate, limit)
    return retry(choice, Place(output_dir, ledger, price), server, _output(context))


@app.command(
    epilog="""\
\b
Examples:
  image-variations export --format html --output-dir out/
  image-variations export --format csv -o out/ --to rows.csv
  image-variations export --format jsonl -o out/ --to - | head""",
)
def export(
    context: typer.Context,
    output_dir: o.OutputDir,
    export_format: Annotated[
        o.ExportFormat, typer.Option("--format", help="A page for people, or a table for programs.")
    ],
    ledger: o.LedgerUrl = None,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where it goes, or - for standard output; else variations.FORMAT in DIR, or here if that is a URL.",
            show_default=False,
        ),
    ] = None,
    json: o.JsonFlag = False,
) -> int:
    """Write what the ledger knows to one file: a page of all images, or a table."""
    output = _output(context)
    if str(to) == "-" and output.is_json:
        raise typer.BadParameter("--json needs standard output for itself; name a file", param_hint="--to")
    from .export import export
    from .work import Place

    return export(export_format, Place(output_dir, ledger), to, output)


@app.command(
    epilog="""\
\b
Examples:
  image-variations doctor
  image-variations doctor --base-url http://127.0.0.1:9997/v1 --json

It sends OPTIONS and GET, which no server bills for, and exits with 1 if something is broken.""",
)
def doctor(
    context: typer.Context,
    base_url: o.BaseUrl = None,
    api_key_file: o.ApiKeyFile = None,
    transport: o.Transport = "default",
    json: o.JsonFlag = False,
) -> int:
    """See whether requests would get through, without one that can be billed."""
    from .doctor import doctor

    return doctor(o.Server(base_url, api_key_file, transport=transport), _output(context))
