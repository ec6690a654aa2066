"""What each proxy in deploy/ lets through is what Oriel takes, and lasts as long as Oriel does."""

import re
from pathlib import Path

import pytest
import yaml

from oriel.service.settings import Settings
from oriel.web.api import call, events, multipart, patience

DEPLOY = Path(__file__).parent.parent / "deploy"
NGINX = (DEPLOY / "nginx" / "oriel.conf").read_text("utf-8")
CADDY = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
INGRESS = next(yaml.safe_load_all((DEPLOY / "kubernetes" / "ingress.yaml").read_text("utf-8")))
TOLD = {
    name.removeprefix("nginx.ingress.kubernetes.io/"): value
    for name, value in INGRESS["metadata"]["annotations"].items()
}
LARGEST = Settings().upload_limit_mb * 1_000_000 + multipart.ROOM  # a song, and its form
UNITS = {"m": 1 << 20, "MB": 1_000_000, "MiB": 1 << 20, "s": 1, "h": 3600}


def amount(text: str) -> int:
    """Bytes or seconds of what a proxy's configuration says."""
    number, unit = re.findall(r"(\d+)(\w*)", text)[0]
    return int(number) * UNITS.get(unit, 1)


def within(place: str) -> str:
    """What stands in one of nginx's locations."""
    found = re.findall(rf"location \S+ {re.escape(place)} {{\n(.+?)\n    }}", NGINX, re.DOTALL)
    return str(found[0])


@pytest.mark.parametrize(
    "told",
    [
        TOLD["proxy-body-size"],
        re.findall(r"client_max_body_size (\w+)", within("/api/jobs/submit"))[0],
        re.findall(r"@songs {\n\s+max_size (\w+)", CADDY)[0],
    ],
)
def test_the_largest_song_and_its_form_pass_and_not_much_more(told: str) -> None:
    assert LARGEST < amount(told) < 1.2 * LARGEST


@pytest.mark.parametrize(
    "told",
    [
        re.findall(r"^    client_max_body_size (\w+)", NGINX, re.MULTILINE)[0],
        re.findall(r"@others {\n\s+max_size (\w+)", CADDY)[0],
    ],
)
def test_any_other_body_that_oriel_takes_passes(told: str) -> None:
    assert amount(told) == call.LARGEST


def test_a_song_passes_as_it_comes_for_as_long_as_oriel_waits() -> None:
    [hours] = re.findall(r"read_body (\d+h)", CADDY)

    assert amount(hours) >= patience.WHOLE_SECONDS
    assert "proxy_request_buffering off;" in within("/api/jobs/submit")
    assert TOLD["proxy-request-buffering"] == "off"
    # nginx counts from piece to piece.
    assert amount(re.findall(r"client_body_timeout (\w+)", NGINX)[0]) >= patience.PIECE_SECONDS


def test_a_large_video_has_the_time_that_a_slow_line_takes_and_no_more_than_a_night() -> None:
    slow, large = 4_000_000 / 8, 10_000_000_000
    [hours] = re.findall(r"\twrite (\d+h)", CADDY)

    assert large / slow < amount(hours) < 8 * 3600


def test_event_streams_pass_word_by_word_and_are_not_taken_for_silent() -> None:
    stream = within("^/api/jobs/[^/]+/events$")
    waits = [re.findall(r"proxy_read_timeout (\w+)", stream)[0], TOLD["proxy-read-timeout"]]

    assert all(amount(wait) > 3 * events.BEAT_SECONDS for wait in waits)
    assert "proxy_buffering off;" in stream
    assert TOLD["proxy-buffering"] == "off"
    assert "flush_interval -1" in CADDY


def test_an_address_has_as_much_open_at_once_before_kubernetes_as_before_a_server() -> None:
    [most] = re.findall(r"limit_conn oriel_people (\d+)", NGINX)

    assert TOLD["limit-connections"] == most
