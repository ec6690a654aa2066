"""The bucket of compose.yaml: an emulator, with a key that opens nothing."""

import json
import subprocess
import sys
from pathlib import Path

from oriel.service import storage
from oriel.service.settings import Settings
from oriel.web.pages import policy

SCRIPT = Path(__file__).parents[2] / "deploy" / "prepare_bucket.py"


async def test_compose_s_bucket_is_made_and_its_links_lead_to_where_people_are(
    tmp_path: Path, emulators: dict[str, str]
) -> None:
    key, endpoint = tmp_path / "bucket.json", emulators["fake-gcs-server"]
    for _ in range(2):
        subprocess.run([sys.executable, str(SCRIPT), endpoint, "oriel", str(key)], check=True)
    url = f"gs://oriel?endpoint={endpoint}&links=http://localhost:4443&credentials={key}"
    stored = storage.of(Settings(storage=url, data=tmp_path))
    song = tmp_path / "song"
    song.write_bytes(b"la la la")

    await stored.put("songs/one", song, "audio/wav")
    link = await stored.link("songs/one", 60, "song.wav")

    pages = policy.of(Settings(storage=url, data=tmp_path)).split("; ")

    assert "media-src 'self' http://localhost:4443" in pages, "or no browser would follow the link"
    assert await stored.size("songs/one") == 8
    assert link.startswith("http://localhost:4443/oriel/songs/one?")
    assert json.loads(key.read_text())["type"] == "service_account"
