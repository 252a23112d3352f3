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
  11   another process holds the ledger
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
    output_dir: Annotated[Path, typer.Option("--output-dir", "-o", metavar="DIR", help="Where the images go.")] = Path(
        "variations"
    ),
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
    from .vary import Work, vary

    return vary(Work(image, fields, fit, output_dir), server, _output(context))


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
