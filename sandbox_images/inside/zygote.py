"""The zygote: one process per profile that has imported everything and forks a jail when asked.

`zygote.py PROFILE CONTROL`, where CONTROL is the number of an inherited socket or the path of one to
connect to (SOCK_SEQPACKET). A request is `{"id", "processes", "files_mb"}` with one descriptor, the
jail's end of its link; the answer is `{"id"}` with a pidfd, or `{"id", "failed"}`; later comes
`{"id", "status"}`. `{"kill"}` with a number kills that jail, `{"interrupt"}` is its Ctrl+C.
It holds nothing secret, has one thread, and never runs a learner's code itself. When our side closes the
socket it ends, and all jails with it.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import boot  # type: ignore[import-not-found]
import jail  # type: ignore[import-not-found]
import kernel  # type: ignore[import-not-found]
import walls  # type: ignore[import-not-found]

MOST_REQUEST = 4096


class Zygote:
    """Serves one control socket."""

    def __init__(self, profile: str, control: socket.socket) -> None:
        self.profile = profile
        self.control = control
        self.jails: dict[int, tuple[int, int]] = {}  # pidfd -> (id, pid)
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def serve(self) -> None:
        self._tell({"ready": os.getpid()})
        while True:
            for number, _ in self.poll.poll():
                if number == self.control.fileno():
                    if not self._request():
                        return
                elif number in self.jails:
                    self._collect(number)

    def _request(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self.control, MOST_REQUEST, 1)
        if not data:
            return False
        request = json.loads(data)
        if "kill" in request:
            self._signal(request["kill"], signal.SIGKILL)
            return True
        if "interrupt" in request:
            self._signal(request["interrupt"], signal.SIGINT)
            return True
        link = socket.socket(fileno=descriptors[0])
        try:
            pid, pidfd = jail.fork()
        except OSError as error:
            self._tell({"id": request["id"], "failed": str(error)})
        else:
            if pid == 0:
                self._become(request, link)
            self.jails[pidfd] = (request["id"], pid)
            self.poll.register(pidfd, select.POLLIN)
            self._tell({"id": request["id"]}, pidfd)
        finally:
            link.close()
        return True

    def _become(self, request: dict[str, Any], link: socket.socket) -> None:
        """In the child; never returns. Anything that fails here ends it, and our side is told why."""
        try:
            size = kernel.open_size()  # before there is no /proc
            jail.enclose(request["files_mb"])
            boot.quiet()
            walls.raise_walls(
                keep=(link.fileno(), self.control.fileno(), size),
                processes=request["processes"],
                files_mb=request["files_mb"],
                wide=self.profile not in boot.NARROW,
            )
        except BaseException as error:  # noqa: BLE001  a child must never go on as a second zygote
            self._tell({"id": request["id"], "failed": f"{type(error).__name__}: {error}"})
            os._exit(70)
        try:
            self.control.close()
            kernel.current = kernel.Kernel(link)
            kernel.current.rehearse()
            kernel.current.measure(size)
            kernel.current.serve()
        finally:
            os._exit(0)

    def _signal(self, number: int, what: signal.Signals) -> None:
        for pidfd, (known, _) in self.jails.items():
            if known == number:
                signal.pidfd_send_signal(pidfd, what)

    def _collect(self, pidfd: int) -> None:
        self.poll.unregister(pidfd)
        number, pid = self.jails.pop(pidfd)
        _, status = os.waitpid(pid, 0)
        os.close(pidfd)
        code = os.waitstatus_to_exitcode(status)
        self._tell({"id": number, "status": code if code >= 0 else 128 - code})

    def _tell(self, message: dict[str, Any], *descriptors: int) -> None:
        socket.send_fds(self.control, [json.dumps(message).encode()], descriptors)


def main(profile: str, where: str) -> None:
    if where.isdigit():
        control = socket.socket(fileno=int(where))
    else:
        control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.connect(where)
    boot.preload(profile)
    boot.draw()
    boot.train()
    # Descriptors under way on sockets are counted by user, and all jails are one: sending pidfds goes on.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise SystemExit(f"the zygote has {threads} threads; a fork of it would not be safe")
    kernel.freeze()
    Zygote(profile, control).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
