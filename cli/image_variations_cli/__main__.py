"""The command `image-variations`, also as `python -m image_variations_cli`."""

import sys
from importlib.util import find_spec

_NEEDED = ("typer", "rich", "PIL", "sqlalchemy")
"""The modules that the extra `cli` brings."""


def main() -> int:
    """Run the command, or say how to get what it needs. Return its exit status."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        print(f'image-variations needs {", ".join(missing)}; run: pip install "image-variations[cli]"', file=sys.stderr)
        return 1
    from .commands import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
