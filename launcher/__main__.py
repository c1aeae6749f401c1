"""Started by ./isocenter, by path, so that neither the current folder nor PYTHONPATH matters."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from launcher.cli import main  # noqa: E402 - the line above makes it importable

sys.exit(main(sys.argv[1:]))
