"""What the site costs when it is large: `./run load [--json] [--only SECTION ...] [--rows N ...]`.

`size`: the pipeline and the pages at so many submissions, on SQLite and on a PostgreSQL of its own, each
in a folder that is deleted afterwards. The JSON has the form of `./run bench --json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.bench.measure import ROOT, machine
from tests.services.servers import postgresql

SECTIONS = ("size",)
PROGRAM = "import sys, django; django.setup(); from tests.load.size import main; main(sys.argv[1:])"
DATABASES = ("sqlite", "postgresql")


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The settings of an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="zg-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        var = folder / "var"
        var.mkdir(mode=0o700)
        more = {"VAR_DIR": str(var), "PYTHONPATH": "platform:.", "LOG_LEVEL": "ERROR"}
        more["DJANGO_SETTINGS_MODULE"] = "zero_to_gpt.settings"
        if kind == "sqlite":
            yield more | {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}"}
        else:
            with postgresql(folder) as url:
                yield more | {"DATABASE_URL": url}


def size(rows: Sequence[int], databases: Sequence[str]) -> list[dict[str, object]]:
    cases = []
    for kind in databases:
        with database(kind) as more:
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, kind, *map(str, rows)],
                cwd=ROOT,
                env=os.environ | more,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            cases += json.loads(done.stdout)
    return cases


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./run load", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="these sections alone")
    parser.add_argument("--rows", nargs="+", type=int, default=[1000, 200_000], help="submissions")
    parser.add_argument("--on", nargs="+", choices=DATABASES, default=DATABASES, help="these databases alone")
    options = parser.parse_args(arguments)
    about = machine()
    cases = size(sorted(options.rows), options.on)
    if options.json:
        sys.stdout.write(json.dumps({"machine": about, "cases": cases, "notes": []}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
