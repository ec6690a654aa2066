"""What only buckets do: links signed as V4, and uploads over a network that breaks."""

import asyncio
import hashlib
import json
import re
from binascii import unhexlify
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import cutting
import pytest
import storages
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pytest_httpserver import HTTPServer

from oriel.service.storage import StorageFailed

MOVIE = bytes(range(256)) * 60_000  # 15 MB


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1 << 20):
        yield content[start : start + (1 << 20)]


def canonical_hash(url: str) -> tuple[bytes, bytes]:
    """What a V4 signature signs, and the signature.

    https://cloud.google.com/storage/docs/access-control/signing-urls-manually
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    signature = unhexlify(query.pop("X-Goog-Signature"))
    asked = "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in sorted(query.items()))
    request = ["GET", parts.path, asked, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    scope = query["X-Goog-Credential"].partition("/")[2]
    hashed = hashlib.sha256("\n".join(request).encode()).hexdigest()
    signed = "\n".join([query["X-Goog-Algorithm"], query["X-Goog-Date"], scope, hashed])
    return signed.encode(), signature


async def test_a_link_is_signed_as_google_documents(
    emulators: dict[str, str], key_file: Path, tmp_path: Path
) -> None:
    endpoint = emulators["fake-gcs-server"]
    storage = storages.bucket(tmp_path.name, endpoint, key_file)
    private = serialization.load_pem_private_key(
        json.loads(key_file.read_text())["private_key"].encode(), None
    )
    assert isinstance(private, rsa.RSAPrivateKey)

    url = await storage.link("videos/a.mp4", 900, "Für Elise.mp4")

    signed, signature = canonical_hash(url)
    private.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["X-Goog-Expires"] == "900"
    assert "filename*=UTF-8''F%C3%BCr%20Elise.mp4" in query["response-content-disposition"]


async def test_a_link_lasts_a_week_at_most(
    emulators: dict[str, str], key_file: Path, tmp_path: Path
) -> None:
    storage = storages.bucket(tmp_path.name, emulators["fake-gcs-server"], key_file)

    url = await storage.link("a.mp4", 30 * 86_400, "a.mp4")

    assert dict(parse_qsl(urlsplit(url).query))["X-Goog-Expires"] == "604800"


@pytest.mark.parametrize("as_file", [True, False])
async def test_an_upload_survives_cut_connections(
    emulators: dict[str, str], key_file: Path, tmp_path: Path, as_file: bool
) -> None:
    """On the emulator that resumes interrupted uploads as Google does."""
    port = urlsplit(emulators["gcp-storage-emulator"]).port
    assert port is not None
    (tmp_path / "movie.mp4").write_bytes(MOVIE)

    async with cutting.way_to(port) as way:
        storage = storages.bucket(tmp_path.name, f"http://127.0.0.1:{way.port}", key_file, 120)
        way.after, way.cuts = 3 << 20, 2
        content = tmp_path / "movie.mp4" if as_file else pieces(MOVIE)
        await storage.put("movie.mp4", content, "video/mp4")

        assert way.made == 2
        assert b"".join([piece async for piece in await storage.open("movie.mp4")]) == MOVIE


async def test_an_upload_outlasts_a_bucket_that_is_away(
    emulators: dict[str, str], key_file: Path, tmp_path: Path
) -> None:
    port = urlsplit(emulators["gcp-storage-emulator"]).port
    assert port is not None

    async with cutting.way_to(port) as way:
        storage = storages.bucket(tmp_path.name, f"http://127.0.0.1:{way.port}", key_file, 120)
        way.after, way.cuts = 1, 10**6  # every connection ends with its first byte
        putting = asyncio.create_task(storage.put("movie.mp4", pieces(MOVIE), "video/mp4"))
        while way.made < 3 and not putting.done():
            await asyncio.sleep(0.02)
        tried, way.cuts = way.made, 0
        await putting

        assert tried >= 3
        assert await storage.size("movie.mp4") == len(MOVIE)


async def test_a_bucket_that_is_not_there_has_lost_nothing(
    httpserver: HTTPServer, key_file: Path, tmp_path: Path
) -> None:
    """As Google answers where its name was mistyped."""
    said = {"error": {"code": 404, "message": "The specified bucket does not exist."}}
    httpserver.expect_request(re.compile("/.*")).respond_with_json(said, status=404)
    storage = storages.bucket("x", httpserver.url_for("").rstrip("/"), key_file, patience=0.2)

    into, why = tmp_path / "a.mp4", "bucket does not exist"
    await storages.says_that_it_is_away(storage, "a.mp4", into, why)


async def test_a_bucket_out_of_reach_is_our_failure(key_file: Path) -> None:
    storage = storages.bucket("x", "http://127.0.0.1:9", key_file, patience=0.2)

    with pytest.raises(StorageFailed, match="the bucket did not do it"):
        await storage.put("a.mp4", pieces(b"a"), "video/mp4")
    with pytest.raises(StorageFailed, match="the bucket did not do it"):
        await storage.exists("a.mp4")


async def test_a_key_that_is_not_there_is_named(emulators: dict[str, str], tmp_path: Path) -> None:
    storage = storages.bucket("x", emulators["fake-gcs-server"], tmp_path / "no.json")

    with pytest.raises(StorageFailed, match=r"no\.json"):
        await storage.link("a.mp4", 60, "a.mp4")
