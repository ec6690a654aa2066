"""What an order's codec becomes, in a browser."""

import base64
from pathlib import Path
from typing import Any

import av
import film
import pytest

from oriel import join

FRAMES = 12  # of each part
PLAY = """
async (address) => {
  const video = document.createElement('video');
  const end = new Promise((resolve) => {
    video.onended = () => resolve('ended');
    video.onerror = () => resolve(video.error.message);
  });
  video.src = address;
  document.body.append(video);
  await video.play();
  return {
    end: await end,
    size: [video.videoWidth, video.videoHeight],
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    sounds: video.webkitAudioDecodedByteCount > 0,
  };
}
"""


@pytest.mark.parametrize("codec", ["h264", "av1", "vp9"])
def test_chromium_plays_a_video_that_was_made_in_parts_to_its_end(
    page: Any, clicks: Path, tmp_path: Path, codec: str
) -> None:
    parts = [tmp_path / "0.mp4", tmp_path / "1.mp4"]
    for part in parts:
        film.write(part, FRAMES, codec=codec)
    whole = join.join(tmp_path / "whole.mp4", parts, clicks).path

    content = base64.b64encode(whole.read_bytes()).decode()
    played = page.evaluate(PLAY, f"data:video/mp4;base64,{content}")

    with av.open(str(whole)) as file:
        size = [file.streams.video[0].width, file.streams.video[0].height]
    assert played == {"end": "ended", "size": size, "frames": 2 * FRAMES, "sounds": True}
