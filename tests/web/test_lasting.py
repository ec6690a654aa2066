"""An hour of the studio, made short: a song in a loop, looks, notices and undoing leave nothing."""

from typing import Any

import playing
import pytest

# What a person does again and again. Thumbnails and history fill up to a limit: that is no leak.
FILL = """
async () => {
  const { editing, state } = oriel;
  const size = (at) => 2 + (at % 40) / 20;
  for (let at = 0; at < 400; at += 1) {
    editing.choose({ ...state.get("look"), size: size(at) }, `look ${at}`);
  }
}
"""
AN_HOUR = """
async (rounds) => {
  const { editing, looks, player, state } = oriel;
  const picture = () => new Promise(requestAnimationFrame);
  const press = (selector) => document.querySelector(selector).click();
  const live = async (on) => {
    press("[data-live=microphone]");
    for (let waited = 0; Boolean(state.get("live")) !== on; waited += 1) {
      if (waited > 3000) throw new Error("the microphone never came or went");
      await picture();
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, look] of Object.entries(looks)) {
      editing.choose(look, name);
      state.set({ blend: { look, share: 0.5 } });
      for (let frame = 0; frame < 4; frame += 1) await picture();
      state.set({ blend: null });
    }
    for (const tab of ["Adjust", "Sound", "Video", "Looks"]) oriel.panel.show(tab);
    for (let at = 0; at < 5; at += 1) press('[data-action="randomise"]');
    for (let at = 0; at < 5; at += 1) editing.undo();
    state.set({ notice: { kind: "info", text: `Round ${round}` } });
    press(".notice-close");
    player.seek(round % 30);
    state.set({ loop: [round % 20, (round % 20) + 4] });
    await live(true);
    for (let frame = 0; frame < 20; frame += 1) await picture();
    await live(false);
    await player.play();
  }
}
"""
ROUNDS = 2


@pytest.mark.every_picture
def test_an_hour_leaves_nothing_in_the_heap(page: Any, studio: str) -> None:
    page.set_viewport_size({"width": 400, "height": 300})
    playing.opened(page, studio)
    page.click("#play-demo")
    playing.until(page, "oriel.state.get('playing') && oriel.state.get('bands')")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    page.evaluate(FILL)
    page.evaluate(AN_HOUR, ROUNDS)

    kept = []
    for _ in range(3):
        page.evaluate(AN_HOUR, ROUNDS)
        kept.append(_kept(page, cdp))

    print(kept)
    growth = {name: kept[-1][name] - kept[0][name] for name in kept[0]}
    assert (
        growth["JSHeapUsedSize"] < 400_000
    )  # bytes, after some sixty looks and hundreds of pictures
    assert growth["Nodes"] < 100
    assert growth["JSEventListeners"] < 20
    assert growth["AudioHandlers"] < 40


def _kept(page: Any, cdp: Any) -> dict[str, float]:
    """What is alive after the garbage was collected."""
    page.wait_for_timeout(500)
    for _ in range(2):
        cdp.send("HeapProfiler.collectGarbage")
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    wanted = ("JSHeapUsedSize", "Nodes", "JSEventListeners", "AudioHandlers")
    return {one["name"]: one["value"] for one in metrics if one["name"] in wanted}
