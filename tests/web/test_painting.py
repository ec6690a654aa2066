"""The page's painter in Chromium: what it keeps, survives, gives back, and how little it costs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browsing
import numpy as np
import pytest

from oriel import shapes

VISUALIZER = Path(__file__).parents[2] / "web" / "visualizer"

# What GL has made and not given back, counted from before the page begins.
COUNT = """
  window.alive = {};
  for (const kind of ["Texture", "Buffer", "Framebuffer", "Renderbuffer", "Program"]) {
    alive[kind] = 0;
    const type = WebGL2RenderingContext.prototype;
    const [make, give] = [type[`create${kind}`], type[`delete${kind}`]];
    type[`create${kind}`] = function () { alive[kind] += 1; return make.call(this); };
    type[`delete${kind}`] = function (it) { if (it) alive[kind] -= 1; return give.call(this, it); };
  }
"""
# The page's own modules, under the hashed names that it loaded them by.
SET_UP = """
async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const module = (name) => import(loaded.find((url) => url.includes(`/${name}-`)));
  const [{ Painter }, frames] = await Promise.all([module("painter"), module("frames")]);
  const url = loaded.find((name) => name.includes("catalog"));
  window.catalog = await (await fetch(url)).json();
  window.open_painter = (options) => {
    const canvas = document.createElement("canvas");
    document.body.append(canvas);
    const painter = new Painter(canvas, catalog, { governed: false, ...options });
    painter.resize(320, 180);
    return painter;
  };
  window.numbers = (scene, size = [320, 180], time = 5.2, bass = 0.3) => frames.picture(scene.look,
    { time, tick: 62, bass, treble: 0.5, level: 0.6, onset: 0.25, pulse: 0.2 },
    { size, radius: scene.radius });
  window.apart = (one, other) => {
    let sum = 0;
    for (let at = 0; at < one.data.length; at++) sum += Math.abs(one.data[at] - other.data[at]);
    return sum / one.data.length;
  };
  window.shown = (painter) => {
    const copy = new OffscreenCanvas(painter.canvas.width, painter.canvas.height).getContext("2d");
    copy.drawImage(painter.canvas, 0, 0);
    return copy.getImageData(0, 0, painter.canvas.width, painter.canvas.height);
  };
}
"""


@pytest.fixture(scope="module")
def workshop(browser: Any, studio: str) -> Iterator[Any]:
    """A page with the painter's module at hand."""
    context = browser.new_context(viewport={"width": 640, "height": 360})
    page = context.new_page()
    complaints = browsing.complaints_of(page)
    page.add_init_script(COUNT)
    page.goto(f"{studio}/?still")
    page.wait_for_selector("body[data-drawn]")
    page.evaluate(SET_UP)
    yield page
    context.close()
    assert complaints == []


def test_what_is_shown_is_what_a_thumbnail_has(workshop: Any) -> None:
    apart = workshop.evaluate("""async () => {
      const painter = open_painter();
      const scene = await painter.scene(catalog.looks["vapor"]);
      painter.draw(scene, numbers(scene));
      const seen = shown(painter);
      const apartness = apart(seen, painter.picture(scene, numbers(scene)));
      painter.dispose();
      return [apartness, seen.data.some((value, at) => at % 4 !== 3 && value > 200)];
    }""")

    assert apart == [0, True]


def test_every_field_and_effect_changes_the_picture(workshop: Any) -> None:
    """All but what concerns hearing, which the numbers of a picture come from."""
    heard = {"bassFrequency", "trebleFrequency", "hearing", "sensitivity", "smoothing"}

    turned, idle = workshop.evaluate(
        """async (heard) => {
      const painter = open_painter();
      const draw = async (look, name) => {
        const scene = await painter.scene(look);
        const size = name.startsWith("scanlines") ? [640, 540] : [160, 90]; // 3 pixels each
        return painter.picture(scene, numbers(scene, size), size);
      };
      const others = ({ default: now, enum: choices, minimum: low, maximum: high, format }) => {
        if (format === "color") return ["#20c040"];
        if (choices) return choices.filter((one) => one !== now);
        const there = [0.31, 0.77].map((share) => low + share * (high - low));
        return [Math.abs(there[0] - now) > Math.abs(there[1] - now) ? there[0] : there[1]];
      };
      const { effects, ...fields } = catalog.schema.properties;
      const whole = ({ properties }, turned = {}) => Object.fromEntries(
        Object.entries(properties).map(([part, field]) => [part, turned[part] ?? field.default]));
      const plain = { ...catalog.looks.default, depthFade: 0.5, shape: "randomPoly" };
      const turns = [];
      for (const [name, field] of Object.entries(fields)) {
        const from = name === "pointSize" ? { ...plain, style: "points" } : plain;
        if (heard.includes(name)) continue;
        const values = name === "seed" ? [7] : others({ ...field, default: from[name] });
        for (const value of values) turns.push([`${name} ${value}`, from, { ...from, [name]: value }]);
      }
      for (const [name, effect] of Object.entries(effects.properties)) {
        const on = { ...plain, effects: { [name]: whole(effect) } };
        turns.push([name, plain, on]);
        for (const [part, field] of Object.entries(effect.properties)) {
          const [value] = others(field);
          const turned = { ...plain, effects: { [name]: whole(effect, { [part]: value }) } };
          turns.push([`${name}.${part}`, on, turned]);
        }
      }
      const idle = [];
      for (const [name, from, to] of turns) {
        if (apart(await draw(from, name), await draw(to, name)) === 0) idle.push(name);
      }
      painter.dispose();
      return [turns.length, idle];
    }""",
        sorted(heard),
    )

    assert turned > 50
    assert idle == []


def test_a_picture_planned_for_another_size_is_drawn_alike(workshop: Any) -> None:
    apart = workshop.evaluate("""async () => {
      const painter = open_painter();
      const scene = await painter.scene(catalog.looks["paper"]);
      const right = painter.picture(scene, numbers(scene), [320, 180]);
      const other = painter.picture(scene, numbers(scene, [1280, 720]), [320, 180]);
      painter.dispose();
      return apart(right, other);
    }""")

    assert apart < 0.01


def test_a_blend_is_one_look_fading_into_another(workshop: Any) -> None:
    found = workshop.evaluate("""async () => {
      const painter = open_painter();
      const [one, other] = [await painter.scene(catalog.looks["paper"]),
                            await painter.scene(catalog.looks["vapor"])];
      const seen = [0, 0.25, 1].map((share) => {
        painter.blend(one, numbers(one), other, numbers(other), share);
        return shown(painter);
      });
      const alone = [one, other].map((scene) => painter.picture(scene, numbers(scene)));
      const mixed = alone[0].data.map((value, at) => 0.75 * value + 0.25 * alone[1].data[at]);
      painter.draw(one, numbers(one));
      const after = apart(shown(painter), alone[0]);
      painter.dispose();
      return [apart(seen[0], alone[0]), apart(seen[2], alone[1]),
              apart(seen[1], { data: mixed }), after];
    }""")

    assert found[0] == found[1] == found[3] == 0
    assert found[2] < 1


def test_a_lost_context_is_survived(workshop: Any) -> None:
    found = workshop.evaluate("""async () => {
      const painter = open_painter();
      const scene = await painter.scene(catalog.looks["golden-hour"]);
      painter.draw(scene, numbers(scene));
      const before = shown(painter);
      const loss = painter.canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
      const told = [];
      const lost = new Promise((resolve) => painter.onLost = () => { told.push("lost"); resolve(); });
      loss.loseContext();
      await lost;
      painter.draw(scene, numbers(scene));
      painter.picture(scene, numbers(scene));
      await painter.scene(catalog.looks["vhs"]);
      const back = new Promise((resolve) => {
        painter.onRestored = () => { told.push("restored"); resolve(); };
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      loss.restoreContext();
      await back;
      painter.draw(scene, numbers(scene));
      const same = apart(shown(painter), before);
      painter.dispose();
      return [told, same];
    }""")

    assert found == [["lost", "restored"], 0]


def test_many_looks_and_sizes_leave_nothing_behind(workshop: Any) -> None:
    before, half, whole, after = workshop.evaluate("""async () => {
      const before = { ...alive };
      const painter = open_painter();
      const round = async (times) => {
        for (let at = 0; at < times; at++) {
          for (const look of Object.values(catalog.looks)) {
            const turned = { ...look, seed: at, glow: at % 2, shape: at % 3 ? look.shape : "randomPoly" };
            const scene = await painter.scene(turned);
            const size = [64 + 8 * (at % 9), 48];
            painter.resize(...size);
            painter.draw(scene, numbers(scene, size));
            painter.picture(scene, numbers(scene, size), [16, 9]);
          }
        }
        return { ...alive };
      };
      const half = await round(3);
      const whole = await round(3);
      painter.dispose();
      return [before, half, whole, { ...alive }];
    }""")

    for kind in before:
        assert whole[kind] <= half[kind] + 8, f"{kind}: {half[kind]}, then {whole[kind]}"
        assert after[kind] <= before[kind] + 8, f"{kind}: {before[kind]}, then {after[kind]}"


def test_minutes_of_pictures_leave_nothing_in_the_heap(workshop: Any) -> None:
    heap = workshop.context.new_cdp_session(workshop)

    def used_after(pictures: int) -> float:
        workshop.evaluate(
            """async (pictures) => {
              window.lasting ??= open_painter({ governed: true });
              lasting.resize(32, 18);
              const scene = await lasting.scene(catalog.looks["paper"]); // without glow: faster
              for (let at = 0; at < pictures; at++) {
                lasting.draw(scene, numbers(scene, [32, 18], at / 60));
                if (at % 60 === 59) lasting.picture(scene, numbers(scene), [16, 9]);
              }
            }""",
            pictures,
        )
        heap.send("HeapProfiler.collectGarbage")
        return float(heap.send("Runtime.getHeapUsage")["usedSize"])

    # At first the browser itself learns: it compiles what is called often, and keeps that. How long it
    # takes to is chance; what leaks, leaks each time.
    used = [used_after(6000) for _ in range(6)]
    while used[-1] - used[-3] >= 36_000 and len(used) < 20:
        used.append(used_after(6000))
    workshop.evaluate("() => { lasting.dispose(); delete window.lasting; }")

    assert used[-1] - used[-3] < 36_000, used  # bytes: less than 3 a picture


def test_another_size_or_colour_of_a_shape_asks_the_server_for_nothing(workshop: Any) -> None:
    asked: list[str] = []
    workshop.on("request", lambda request: asked.append(request.url))

    workshop.evaluate("""async () => {
      const painter = open_painter();
      for (let size = 1; size < 12; size += 0.5) {
        const look = { ...catalog.looks["default"], size, baseColor: "#123456", lineWidth: size / 1000 };
        const scene = await painter.scene(look);
        painter.draw(scene, numbers(scene));
      }
      painter.dispose();
    }""")

    assert len(asked) == 1


def test_a_picture_costs_the_page_under_four_milliseconds(workshop: Any) -> None:
    medians = [_milliseconds(workshop)]
    while medians[-1] >= 4 and len(medians) < 10:  # other programs take their time too
        medians.append(_milliseconds(workshop))

    assert medians[-1] < 4, medians


def _milliseconds(workshop: Any) -> float:
    """What the page spends on a picture: the median of sixty."""
    median = workshop.evaluate("""async () => {
      const painter = open_painter({ governed: true });
      const scene = await painter.scene(catalog.looks["tunnel"]);
      const times = [];
      for (let frame = 0; frame < 60; frame++) {
        const begun = performance.now();
        painter.draw(scene, numbers(scene, [320, 180], frame / 60));
        times.push(performance.now() - begun);
        await new Promise(requestAnimationFrame);
      }
      painter.dispose();
      return times.sort((a, b) => a - b)[30];
    }""")
    return float(median)


def test_a_size_is_what_textures_can_be(workshop: Any) -> None:
    size, most = workshop.evaluate("""() => {
      const painter = open_painter();
      painter.resize(100000, 50000);
      const most = painter.canvas.getContext("webgl2").getParameter(0x0D33);
      const size = painter.size;
      painter.dispose();
      return [size, most];
    }""")

    assert size == [most, most // 2]


def test_a_browser_without_webgl2_is_told_so_in_words(browser: Any, studio: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")

    page.goto(f"{studio}/?still")
    page.wait_for_selector("body[data-failed]")

    assert "no WebGL 2" in page.get_by_role("alert").inner_text()
    context.close()


def test_a_still_that_cannot_be_drawn_says_why(page: Any, studio: str) -> None:
    page.goto(f"{studio}/?look=nosuch&still")
    page.wait_for_selector("body[data-failed]")

    assert "There is no look “nosuch”" in page.get_by_role("alert").inner_text()
    assert page.locator("canvas").is_hidden()


def test_a_moment_after_the_song_says_so(page: Any, studio: str) -> None:
    page.goto(f"{studio}/?at=900&still")
    page.wait_for_selector("body[data-failed]")

    words = page.get_by_role("alert").inner_text()
    assert words == "There is no picture at 900 s: the song is 32.00 s long; choose a moment in it."


def test_a_still_fills_the_window_and_follows_the_history(page: Any, studio: str) -> None:
    page.set_viewport_size({"width": 500, "height": 400})
    page.goto(f"{studio}/?look=paper&at=3&size=500x400&still")
    page.wait_for_selector("body[data-drawn]")
    first = page.screenshot()

    page.evaluate("history.pushState(null, '', '?look=vapor&at=3&size=500x400&still')")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    page.wait_for_selector("body[data-drawn]")
    other = page.screenshot()
    page.go_back()
    page.wait_for_selector("body[data-drawn]")

    assert page.locator("body > *").count() == 1
    assert page.locator("canvas").bounding_box() == {"x": 0, "y": 0, "width": 500, "height": 400}
    assert other != first
    assert page.screenshot() == first


def test_only_shapes_that_are_the_same_at_each_size_are_scaled_in_the_page() -> None:
    text = (VISUALIZER / "meshes.js").read_text("utf-8")
    named = re.search(r"OF_THEIR_OWN_AT_EACH_SIZE = new Set\(\[(.*)\]\)", text)
    assert named is not None

    differing = {
        name
        for name in shapes.names()
        if not np.allclose(
            1.5 * shapes.mesh(name, 4).positions, shapes.mesh(name, 6).positions, atol=1e-5
        )
    }

    assert set(re.findall(r'"(\w+)"', named[1])) == differing
