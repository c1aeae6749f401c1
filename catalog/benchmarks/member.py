"""One process of a crew: prepares itself, says so, waits for the word, works, tells the result."""

import json
import os
import sys
from importlib import import_module

import django

from catalog.benchmarks.crew import READY


def main(task: str) -> None:
    """Run "module:function" on the share of paths that standard input holds as JSON in its first line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    module, _, function = task.partition(":")
    work = getattr(import_module(module), function)(json.loads(sys.stdin.readline()))
    sys.stdout.write(READY)
    sys.stdout.flush()
    if sys.stdin.readline():
        result = work()
        sys.stdout.write(f"{json.dumps(result)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
