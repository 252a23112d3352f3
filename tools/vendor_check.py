"""The former name of `python -m tools.vendor check`, for one release."""

import sys

from tools.vendor.check import main

if __name__ == "__main__":
    print("vendor-check: this command is now `python -m tools.vendor check`", file=sys.stderr)
    sys.exit(main())
