"""An image made in a folder: a Dockerfile's own steps, one after the other, as an engine takes them.

No container engine runs here. The folder is the root of all that the steps see, bubblewrap its
walls. Of the image below it only /usr is not made anew: it is this machine's, and so Debian's
packages are looked up and not added.
"""

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLACES = ("opt", "root", "src", "tmp", "var/cache", "var/lib", "work")
BELOW = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
ONLINE = re.compile(r"(?i)pip_\w+|\w*cert\w*|ssl_\w+|\w+_proxy")  # how registries are reached here
VENDORS = "usr/share/glvnd/egl_vendor.d"  # what of /usr a step writes in
ALONE = ("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")


@dataclass
class Image:
    """What a Dockerfile made: a tree of files, and how a container of it begins."""

    tree: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(BELOW))
    user: str = "0"
    folder: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)  # of Debian's

    def container(
        self, *words: str, entrypoint: bool = True, bound: Sequence[str] = (), **mounts: Path
    ) -> list[str]:
        """The words that run it as compose does: root read-only, no privilege, /tmp empty.

        `mounts` are its folders, by their last names: data is /var/lib/oriel, work is /work. What else
        is `bound` is told in bubblewrap's words.
        """
        within = ["--ro-bind", str(self.tree), "/", *self._usr("--ro-bind")]
        within += ["--perms", "1777", "--tmpfs", "/tmp"]
        for name, place in mounts.items():
            within += ["--bind", str(place), {"data": "/var/lib/oriel"}.get(name, f"/{name}")]
        within += bound
        begins = self.entrypoint if entrypoint else []
        walls = [*self._walls(within, {}), *self._as_user()]
        return [*walls, *begins, *(words or self.command)]

    def take(self, line: str) -> None:
        """Have a step run a line of shell, in the tree."""
        within = ["--bind", str(self.tree), "/", *self._usr("--bind")]
        online = {name: value for name, value in os.environ.items() if ONLINE.fullmatch(name)}
        user = self._as_user() if self.user != "0" else []  # root may do all in a step
        words = [*self._walls(within, online), *user, "bash", "-euo", "pipefail", "-c", line]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"

    def path(self, name: str) -> Path:
        """Where in the tree a path lies that a step names."""
        return self.tree / os.path.normpath(f"{self.folder}/{name}" * (name[0] != "/") or name)[1:]

    def _usr(self, bound: str) -> list[str]:
        vendors = str(self.tree / VENDORS)
        return ["--ro-bind", "/usr", "/usr", bound, vendors, f"/{VENDORS}"]

    def _walls(self, within: list[str], more: dict[str, str]) -> list[str]:
        around = {"HOME": self._home(), **self.environment, **more}
        words = ["bwrap", "--unshare-pid", "--unshare-uts", "--hostname", "container"]
        words += ["--die-with-parent", "--cap-add", "ALL", *within]
        words += ["--dev", "/dev", "--proc", "/proc", "--chdir", self.folder, "--clearenv"]
        return words + [word for pair in around.items() for word in ("--setenv", *pair)]

    def _as_user(self) -> list[str]:
        ids = (f"--reuid={self.user}", f"--regid={self._user()[3]}", "--clear-groups")
        return ["setpriv", *ids, *ALONE]

    def _user(self) -> list[str]:
        """Its user's line of /etc/passwd, which the steps wrote."""
        lines = (self.tree / "etc" / "passwd").read_text("utf-8").splitlines()
        [found] = [line.split(":") for line in lines if line.split(":")[2] == self.user]
        return found

    def _home(self) -> str:
        return self._user()[5]


def steps(dockerfile: str) -> list[str]:
    """The instructions of a Dockerfile, each as one line, without comments."""
    text = (ROOT / dockerfile).read_text("utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [" ".join(one.split()) for one in re.sub(r"\\\n", " ", lines).splitlines() if one]


def built(dockerfile: str, folder: Path) -> Image:
    """The image of a Dockerfile, its stages below a folder."""
    if os.geteuid() != 0:
        pytest.skip("lacks root, who alone makes users")
    stages: dict[str, Image] = {}
    image = None
    for step in steps(dockerfile):
        instruction, _, rest = step.partition(" ")
        if instruction == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            image = stages[name] = Image(_furnished(folder / name))
        else:
            assert image is not None
            _taken(image, instruction, rest, stages)
    assert image is not None
    _stored(image.tree)
    return image


def _taken(image: Image, instruction: str, rest: str, stages: dict[str, Image]) -> None:
    match instruction:
        case "RUN" if "apt-get install" in rest:
            named = re.findall(r"(?<= )[a-z][\w.+-]+(?= |$)", rest.split("&&")[1])
            image.packages = named[2:]
            _look_up(image.packages)
        case "RUN":
            image.take(rest)
        case "COPY":
            _copy(image, rest.split(), stages)
        case "ENV":
            pairs = dict(word.split("=", 1) for word in shlex.split(rest))
            before = image.environment
            image.environment = before | {
                name: re.sub(r"\$(\w+)", lambda found: before[found[1]], value)
                for name, value in pairs.items()
            }
        case "USER":
            image.user = rest
        case "WORKDIR":
            image.folder = rest
            image.path(".").mkdir(parents=True, exist_ok=True)
        case "ENTRYPOINT":
            image.entrypoint = json.loads(rest)
        case "CMD":
            image.command = json.loads(rest)
        case "HEALTHCHECK":
            image.health = json.loads(rest.partition("CMD ")[2])
        case _:
            assert instruction in ("SHELL", "VOLUME", "EXPOSE", "STOPSIGNAL"), instruction


@functools.cache
def _known(package: str) -> bool:
    shown = ["apt-cache", "show", "--no-all-versions", package]
    return subprocess.run(shown, capture_output=True).returncode == 0


def _look_up(packages: list[str]) -> None:
    assert packages
    assert [name for name in packages if not _known(name)] == []


def size(place: Path) -> int:
    """The bytes of all files below a folder."""
    found = [path.lstat() for path in place.rglob("*")]
    return sum(one.st_size for one in {one.st_ino: one for one in found}.values())


def size_of_debian(packages: list[str], nothing: Path) -> int:
    """The bytes that apt says it would add with these packages where `nothing`, an empty file, is there."""
    options = [f"Dir::State::status={nothing}", "Dir::Cache::pkgcache=", "Debug::NoLocking=1"]
    words = ["apt-get", "install", "--assume-no", "--no-install-recommends", "?essential"]
    words += [*packages, *(word for option in options for word in ("-o", option))]
    around = {**os.environ, "LC_ALL": "C"}
    said = subprocess.run(words, capture_output=True, text=True, env=around).stdout
    [(amount, unit)] = re.findall(r"After this operation, ([\d.]+) ([MG])B of additional", said)
    return int(float(amount) * {"M": 1e6, "G": 1e9}[unit])


def _furnished(tree: Path) -> Path:
    """A root without anything of Oriel's."""
    for place in PLACES:
        (tree / place).mkdir(parents=True)
    (tree / "tmp").chmod(0o1777)
    shutil.copytree("/etc", tree / "etc", symlinks=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (tree / name).symlink_to(f"usr/{name}")
    shutil.copytree(f"/{VENDORS}", tree / VENDORS)
    tree.chmod(0o755)
    return tree


def _copy(image: Image, words: list[str], stages: dict[str, Image]) -> None:
    *names, to = words
    target = image.path(to)
    if names[0].startswith("--from="):  # its stage is done, so what is copied may as well move
        stage = stages[names.pop(0).removeprefix("--from=")]
        shutil.move(stage.path(names[0]), target)
        return
    if to.endswith("/"):
        target.mkdir(exist_ok=True)
    for name in names:
        if (ROOT / name).is_dir():
            unwanted = shutil.ignore_patterns("__pycache__")  # as .dockerignore says
            shutil.copytree(ROOT / name, target, ignore=unwanted, symlinks=True)
        else:
            shutil.copy2(ROOT / name, target)


def _stored(tree: Path) -> None:
    """As it is once it was pushed and pulled: layers keep times in whole seconds."""
    for place, _, files in os.walk(tree):
        for name in files:
            path = Path(place, name)
            seconds = int(path.lstat().st_mtime)
            os.utime(path, (seconds, seconds), follow_symlinks=False)
