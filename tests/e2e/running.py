"""A whole site for the browser to visit: web server, worker and boxes, as `./run` starts them.

Its data live in a temporary folder; the course is a part of module 1. People are made with their sessions,
so that a test begins signed in and no test waits for a password to be hashed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
CLASSROOM = "classroom.test"
"""A name of the site that browsers do not take for this machine's own: without https it is no secure one."""
STUDENTS = 160
PATIENCE = 180.0
COURSE = {
    "slope.md": ["01-slope-at"],
    "log-and-exp.md": ["04-logsumexp-softmax"],
    "broadcasting.md": ["06-broadcast-shape"],
}
NEEDED = ("/exercises/01-maths/01-slope-at/", "/exercises/01-maths/04-logsumexp-softmax/")

PEOPLE = """
import json
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from zero_to_gpt.accounts.models import User
from zero_to_gpt.cohorts.models import Cohort, Role
from zero_to_gpt.cohorts.services import enrol

Store = import_module(settings.SESSION_ENGINE).SessionStore
cohort = Cohort.objects.get(slug="demo")
people = [(f"s{n}@example.org", Role.STUDENT, False) for n in range(STUDENTS)]
people += [("teacher@example.org", Role.INSTRUCTOR, False), ("boss@example.org", Role.ADMIN, True)]
sessions = {}
model = User(email="x@example.org")
model.set_password(PASSWORD)
for email, role, staff in people:
    user = User(email=email, display_name=email.partition("@")[0], password=model.password,
                is_staff=staff, is_superuser=staff)
    user.save()
    enrol(user=user, cohort=cohort, role=role)
    session = Store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    sessions[email] = session.session_key
print(json.dumps(sessions))
"""


class RunningSite:
    """The processes of a site. `sessions` maps e-mail to session key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)  # the web server inherits it
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.sessions: dict[str, str] = {}
        self.environment = os.environ | {
            "VAR_DIR": str(folder),
            "SHOWS": "false",  # a training would take the processors from the tests
            "PORT": str(self.port),
            "ALLOWED_HOSTS": CLASSROOM,
            "SANDBOX": "bubblewrap",
            "SANDBOX_HOME": os.environ.get("SANDBOX_HOME") or str(ROOT / "var" / "sandbox"),
            "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}",
            "RUNS_PER_MINUTE": "600",
            "SUBMITS_PER_MINUTE": "600",
            "DJANGO_SETTINGS_MODULE": "zero_to_gpt.settings",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    needed: tuple[str, ...] = NEEDED

    def start(self) -> None:
        course = self.folder / "course"
        self.lay_out(course)
        self.manage("migrate", "--verbosity", "0")
        self.manage("import_curriculum", str(course))
        self.manage("demo")
        made = self.manage("shell", "--no-imports", "-c", f"{STUDENTS=}; {PASSWORD=}\n{PEOPLE}")
        self.sessions = json.loads(made.splitlines()[-1])
        self._spawn("web", "python", "-m", "zero_to_gpt.server", "--fd", str(self.socket.fileno()))
        self.start_worker()
        self._wait_until_open()

    def start_worker(self) -> None:
        queues = "cpu,regrade,authors"
        worker = ["-A", "zero_to_gpt", "worker", "-P", "threads", "-c", "2", "-B", "-Q", queues]
        self._spawn("worker", "celery", *worker, "-l", "warning")

    def lay_out(self, course: Path) -> None:
        """The folder of the course."""
        module = course / "01-maths"
        module.mkdir(parents=True)
        (course / "course.toml").write_text(
            'title = "Zero to GPT"\nsummary = "Module 1."\nmodules = ["01-maths"]\n'
        )
        described = ['title = "The maths you need"', 'summary = "Some of it."']
        for lesson, exercises in COURSE.items():
            shutil.copy(ROOT / "exercises" / "01-maths" / lesson, module)
            for exercise in exercises:
                shutil.copytree(ROOT / "exercises" / "01-maths" / exercise, module / exercise)
            described += ["[[lessons]]", f'file = "{lesson}"', f"exercises = {json.dumps(exercises)}"]
        (module / "module.toml").write_text("\n".join(described) + "\n")

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()
        self.socket.close()

    def signal_worker(self, number: int) -> None:
        """To the process that grades, for tests of what happens when it stands still."""
        self._processes[1].send_signal(number)

    def manage(self, *words: str) -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def words_of(self, process: str) -> str:
        """What a process wrote; for the message of a failing test."""
        return (self.folder / f"{process}.log").read_text(errors="replace")[-4000:]

    def _spawn(self, name: str, program: str, *words: str) -> None:
        command = [str(Path(sys.executable).with_name(program)), *words]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                pass_fds=[self.socket.fileno()],
            )
        self._processes.append(process)

    def _wait_until_open(self) -> None:
        """Until the exercises that tests use have their expected values, and their lesson its outputs."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for process in self._processes:
                assert process.poll() is None, self.words_of("web") + self.words_of("worker")
            with suppress(requests.ConnectionError):
                drawn = "<img" in self._page("/lessons/01-maths/slope/")
                if drawn and not any("is being prepared" in self._page(path) for path in self.needed):
                    return
            time.sleep(0.5)
        raise AssertionError(f"the site did not open:\n{self.words_of('web')}\n{self.words_of('worker')}")

    def _page(self, path: str) -> str:
        answer = requests.get(f"{self.url}{path}", timeout=60)
        answer.raise_for_status()
        return answer.text
