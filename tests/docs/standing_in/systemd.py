"""`systemctl`, `systemd-run` and `journalctl` where systemd is not the first process.

Real systemd enables, offline. What it would have to be the first process for is done here as the
units' files say: run as their user, with their settings and folders; stop within their time; show
what they wrote. What keeps a unit from the rest of the machine (ProtectSystem= and the like) is not:
`systemd-analyze verify` reads it in tests/test_deploy.py.
"""

import argparse
import fnmatch
import os
import pwd
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUNNING = Path("/run/units")  # a file for each unit, with the number of its process
LOGS = Path("/var/log/units")

Settings = dict[str, list[str]]


def unit(name: str) -> Settings:
    """The settings of a unit's file, or of its template's with what is after the @ put in."""
    stem, _, rest = name.removesuffix(".service").partition("@")
    file = UNITS / (f"{stem}@.service" if rest else f"{stem}.service")
    text = file.read_text().replace("%i", rest)
    found: Settings = defaultdict(list)
    for key, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found[key].append(value)
    return found


def as_told(settings: Settings) -> dict[str, object]:
    """Who runs a unit's programs and what they find around them; its folders are made."""
    user = pwd.getpwnam(settings["User"][0])
    around = {"PATH": os.environ["PATH"], "HOME": user.pw_dir, "USER": user.pw_name}
    for file in settings["EnvironmentFile"]:
        around |= dict(re.findall(r"^(\w+)=(.*)$", Path(file).read_text(), re.MULTILINE))
    around |= dict(one.split("=", 1) for one in settings["Environment"])
    for kind, place in (("StateDirectory", "/var/lib"), ("CacheDirectory", "/var/cache")):
        for name in settings[kind]:
            folder = Path(place, name)
            folder.mkdir(exist_ok=True)
            folder.chmod(int(settings.get(f"{kind}Mode", ["0755"])[0], 8))
            os.chown(folder, user.pw_uid, user.pw_gid)
    groups = [one for names in settings["SupplementaryGroups"] for one in names.split()]
    return {"env": around, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": groups}


def start(name: str) -> None:
    """What the unit runs, once what it runs before has ended well."""
    if name.endswith(".timer"):
        return
    settings = unit(name)
    told = as_told(settings)
    with (LOGS / name.removesuffix(".service")).open("ab", buffering=0) as log:
        log.write(f"Starting {name}...\n".encode())  # systemd has its word among the unit's
        for words in settings["ExecStartPre"]:
            subprocess.run(shlex.split(words), stdout=log, stderr=log, check=True, **told)
        words = shlex.split(settings["ExecStart"][0])
        if settings["Type"] == ["oneshot"]:
            subprocess.run(words, stdout=log, stderr=log, check=True, **told)
            return
        child = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True, **told)
    (RUNNING / name.removesuffix(".service")).write_text(str(child.pid))


def stop(pattern: str) -> None:
    """End those that match, each within the time that its unit gives it."""
    files = [file for file in RUNNING.iterdir() if fnmatch.fnmatch(file.name, pattern)]
    for file in files:
        os.kill(int(file.read_text()), signal.SIGTERM)
    for file in files:
        deadline = time.monotonic() + int(unit(file.name)["TimeoutStopSec"][0])
        while Path("/proc", file.read_text()).exists():
            if time.monotonic() > deadline:
                sys.exit(f"{file.name} does not stop within TimeoutStopSec")
            time.sleep(0.02)
        file.unlink()


def systemctl(words: list[str]) -> None:
    """Enable, start, stop, restart or reload."""
    verb, *names = [word for word in words if word != "--now"]
    if verb == "enable":
        offline = {**os.environ, "SYSTEMD_OFFLINE": "1"}
        subprocess.run(["/usr/bin/systemctl", "enable", *names], check=True, env=offline)
    if verb in ("start", "stop", "restart") or "--now" in words:
        for name in names:
            if verb in ("stop", "restart"):
                stop(name)
            if verb != "stop":
                start(name)
    elif verb == "reload" and names == ["nginx"]:  # Debian's own unit of it
        subprocess.run(["nginx", "-t", "-q"], check=True)
        subprocess.run(["nginx", "-s", "reload"], check=True)
    elif verb != "enable":
        sys.exit(f"systemctl: nothing stands in for {shlex.join(words)}")


def systemd_run(words: list[str]) -> None:
    """Run a command as a unit of these properties."""
    parser = argparse.ArgumentParser("systemd-run", allow_abbrev=False)
    for flag in ("--quiet", "--collect", "--wait", "--pty", "--pipe"):
        parser.add_argument(flag, action="store_true", required=True)
    parser.add_argument("--uid", required=True)
    parser.add_argument("--property", action="append", required=True)
    parser.add_argument("--setenv", action="append", required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(words)
    settings: Settings = defaultdict(list, User=[given.uid], Environment=given.setenv)
    for key, value in (one.split("=", 1) for one in given.property):
        settings[key].append(value)
    sys.exit(subprocess.run(given.command, check=False, **as_told(settings)).returncode)


def journalctl(words: list[str]) -> None:
    """What units wrote, as they wrote it."""
    parser = argparse.ArgumentParser("journalctl", allow_abbrev=False)
    parser.add_argument("-u", required=True)
    parser.add_argument("-o", choices=["cat"], required=True)
    wanted = parser.parse_args(words).u
    for log in sorted(LOGS.iterdir()):
        if fnmatch.fnmatch(log.name, wanted) or log.name == wanted:
            sys.stdout.write(log.read_text())


if __name__ == "__main__":
    for place in (RUNNING, LOGS):
        place.mkdir(exist_ok=True)
    program, *given = sys.argv[1:]
    {"systemctl": systemctl, "systemd-run": systemd_run, "journalctl": journalctl}[program](given)
