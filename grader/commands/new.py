"""`grader new`: an exercise begun from a template."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.commands.common import UsageError, write_folder
from grader.templates import blanks
from grader.templates import new as from_template


def new(options: argparse.Namespace) -> int:
    """Write a folder with blanks. Returns the exit code."""
    folder: Path = options.folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{options.folder}: this exists already; a new exercise gets a folder of its own.")
    files = from_template(options.like, folder.name)
    write_folder(folder, files)
    sys.stdout.write(f"{options.folder}: {len(files)} files with {len(blanks(files))} lines to write.\n")
    return 0
