"""The Docker engine: its images, whose containers are whose, and what it says when it fails.

The only file that imports docker; docker.py makes boxes of its containers.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests.exceptions

from grader.sandbox import libraries
from grader.sandbox.box import BoxError, Profile
from grader.sandbox.owners import is_gone, mine, own_prefix

LABEL = "zero-to-gpt.owner"
REPOSITORY = "zero-to-gpt-box"
KEPT_OLDER = 1
BASE = "zero-to-gpt-base:bookworm"
PUBLIC_BASE = "debian:bookworm-slim"
FAULTS = (docker.errors.DockerException, requests.exceptions.RequestException, OSError)


class Engine:
    """A Docker engine that answers. Every method may block: call them in a thread."""

    def __init__(self) -> None:
        try:
            self.client = docker.from_env(timeout=120)
            self.client.ping()
        except FAULTS as error:
            raise BoxError(f"no Docker engine answers: {plain(error)}") from None

    def close(self) -> None:
        self.client.close()

    def has_image(self, tag: str) -> bool:
        """Raises BoxError when the engine does not answer."""
        try:
            self.client.images.get(tag)
        except docker.errors.ImageNotFound:
            return False
        except FAULTS as error:
            raise BoxError(f"no Docker engine answers: {plain(error)}") from None
        return True

    def claim_image(self, profile: Profile, home: Path) -> None:
        """Mark the current image of a profile as used by the deployment with this home, whoever built it."""
        with contextlib.suppress(*FAULTS):
            tag = image_tag(profile)
            self.client.images.get(tag).tag(REPOSITORY, f"{tag.partition(':')[2]}-{claim_of(home)}")

    def remove_older(self, profile: Profile, home: Path) -> None:
        """Give up a deployment's images of a profile but the current one and the newest of the others.

        A worker of the release before may still make boxes of that one; the engine keeps what is in use. An
        image that another deployment has claimed too stays, and so does one that nobody claimed.
        """
        older = re.compile(re.escape(f"{REPOSITORY}:{profile}-") + "[0-9a-f]{16}-[0-9a-f]{16}")
        found = []
        for image in self.client.images.list(REPOSITORY):
            for tag in image.tags:
                plain, _, claim = tag.rpartition("-")
                if claim == claim_of(home) and older.fullmatch(plain) and plain != image_tag(profile):
                    found.append((image.attrs["Created"], tag, plain, image.tags))
        for _, tag, plain, tags in sorted(found, reverse=True)[KEPT_OLDER:]:
            claims = [other for other in tags if other.startswith(f"{plain}-")]
            with contextlib.suppress(*FAULTS):
                self.client.images.remove(tag)
                if claims == [tag]:
                    self.client.images.remove(plain)

    def about(self) -> str:
        """Its name and version."""
        with contextlib.suppress(*FAULTS):
            return f"Docker {self.client.version()['Version']}"
        return "Docker"

    def sweep(self) -> int:
        """Remove the containers of owners that are gone; how many there were. Raises BoxError."""
        swept = 0
        try:
            found = self.client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
        except FAULTS as error:
            raise BoxError(f"Docker could not list its containers: {plain(error)}") from None
        for container in found:
            name = container.labels[LABEL]
            if (container.status == "exited" and not name.startswith(mine())) or is_gone(name):
                with contextlib.suppress(docker.errors.APIError):
                    container.remove(force=True)
                    swept += 1
        return swept


def image_tag(profile: Profile) -> str:
    return f"{REPOSITORY}:{libraries.box_digest(profile)}"


def claim_of(home: Path) -> str:
    """What marks the images of one deployment: its home, which no other has on this host."""
    return hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]


def ensure_image(
    profile: Profile, home: Path, progress: Callable[[str], None] = print, *, base: str = ""
) -> str:
    """The image of a profile, built if it is not there. Raises BoxError with the builder's last words."""
    engine = Engine()
    try:
        tag = image_tag(profile)
        if engine.has_image(tag):
            engine.claim_image(profile, home)
            return tag
        folder = libraries.ensure(profile, home, progress)
        base = base or _base(engine, home, progress)
        progress(f"Building the image of the {profile} profile over {base} ...")
        with tempfile.TemporaryDirectory(prefix=own_prefix(home, ".image-"), dir=home) as context:
            kind = "gpu" if profile is Profile.GPU else "cpu"
            shutil.copy(libraries.ROOT / "sandbox_images" / kind / "Dockerfile", context)
            shutil.copytree(folder, f"{context}/libraries", copy_function=os.link)
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(libraries.INSIDE, f"{context}/inside", ignore=ignore)
            if profile is Profile.GPU:
                shutil.copytree(libraries.WITH_GPU, f"{context}/gpu", ignore=ignore)
            try:
                engine.client.images.build(path=context, tag=tag, buildargs={"BASE_IMAGE": base}, rm=True)
            except FAULTS as error:
                raise BoxError(f"the {profile} image could not be built: {plain(error)}") from None
        engine.claim_image(profile, home)
        engine.remove_older(profile, home)
        progress(f"The image of the {profile} profile is ready.")
        return tag
    finally:
        engine.close()


def _base(engine: Engine, home: Path, progress: Callable[[str], None]) -> str:
    """The base image: ours if it was made before, else the public one, else made from Debian's packages."""
    for tag in (BASE, PUBLIC_BASE):
        if engine.has_image(tag):
            return tag
    with contextlib.suppress(*FAULTS):
        progress(f"Fetching {PUBLIC_BASE} ...")
        engine.client.images.pull(*PUBLIC_BASE.split(":"))
        return PUBLIC_BASE
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise BoxError("no image registry answers, and making a base image needs root and debootstrap")
    progress("No image registry answers: making a base from Debian's packages (about 40 s) ...")
    with tempfile.TemporaryDirectory(prefix=own_prefix(home, ".base-"), dir=home) as folder:
        command = ["debootstrap", "--variant=minbase", "--include=python3,libstdc++6", "bookworm", folder]
        done = subprocess.run([*command, *_mirror()], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BoxError(f"debootstrap failed: {(done.stdout.strip().splitlines() or ['?'])[-1]}")
        for unused in (
            "var/cache/apt",
            "var/lib/apt/lists",
            "usr/share/doc",
            "usr/share/locale",
            "usr/share/man",
        ):
            shutil.rmtree(Path(folder, unused), ignore_errors=True)
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
            name, version = BASE.split(":")
            engine.client.api.import_image_from_stream(tar.stdout, repository=name, tag=version)
    return BASE


def _mirror() -> list[str]:
    """The first mirror that this host's apt uses, if it says one."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()[:1]


def plain(error: BaseException) -> str:
    text = str(getattr(error, "explanation", None) or getattr(error, "msg", None) or error)
    return " ".join(text.split())[:300] or type(error).__name__


def remove(container: Any) -> None:
    with contextlib.suppress(*FAULTS):
        container.remove(force=True)
