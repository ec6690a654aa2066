"""Plans: what each tier includes, and how an operator changes the table."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from oriel.service import plans
from oriel.service.plans import PLANS
from oriel.service.settings import BadSettings, Settings


@dataclass(frozen=True)
class Order:
    sizes: tuple[tuple[int, int], ...] = ((1280, 720),)
    fps: Fraction = Fraction(30)
    start: float = 0.0
    end: float | None = None
    codec: str = "h264"


def test_the_prices_are_those_of_the_table() -> None:
    prices = {tier: plan.price_cents for tier, plan in PLANS.items()}

    assert prices == {"free": 0, "personal": 299, "commercial": 999, "premium": 1999}


@pytest.mark.parametrize(
    ("tier", "order", "wrong"),
    [
        ("free", Order(), set()),
        ("free", Order(sizes=((720, 1280), (720, 720))), set()),
        ("free", Order(sizes=((1920, 1080),)), {"size"}),
        ("free", Order(sizes=((1280, 720), (1080, 1080))), {"size"}),
        ("free", Order(fps=Fraction(60)), {"fps"}),
        ("free", Order(end=181.0), {"end"}),
        ("free", Order(start=60.0, end=240.0), set()),
        ("free", Order(codec="prores", fps=Fraction(60)), {"codec", "fps"}),
        ("personal", Order(sizes=((1080, 1920),)), set()),
        ("personal", Order(fps=Fraction(60)), {"fps"}),
        ("commercial", Order(sizes=((1920, 1080),), fps=Fraction(60000, 1001)), set()),
        ("commercial", Order(sizes=((3840, 2160),)), {"size"}),
        ("premium", Order(sizes=((3840, 2160),), fps=Fraction(60), codec="prores"), set()),
    ],
)
def test_a_plan_allows_what_it_includes(tier: str, order: Order, wrong: set[str]) -> None:
    problems = plans.allow(PLANS[tier], order)

    assert problems.keys() == wrong


def test_a_song_may_turn_out_too_long() -> None:
    assert plans.too_long(PLANS["free"], 180.0) is None
    assert plans.too_long(PLANS["free"], 180.1) == (
        "its videos last at most 3:00, and this one would last 3:01"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plans.toml", '[personal]\nprice_cents = 399\n[label]\nname = "Label"\nfps = 120\n'),
        (
            "plans.json",
            '{"personal": {"price_cents": 399}, "label": {"name": "Label", "fps": 120}}',
        ),
    ],
)
def test_a_file_changes_the_table_and_adds_to_it(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    changed = plans.of(Settings(data=tmp_path, plans=tmp_path / name))

    assert changed["personal"].price_cents == 399
    assert changed["personal"].licence == "personal"
    assert changed["label"].fps == 120
    assert changed["free"] == PLANS["free"]


def test_a_wrong_file_is_told_with_all_that_is_wrong() -> None:
    wrong = {"personal": {"price": 3, "fps": -1}, "free": {"watermark": "no"}, "premium": 7}

    with pytest.raises(BadSettings) as caught:
        plans.changed(PLANS, wrong)

    said = str(caught.value)
    assert "ORIEL_PLANS: in personal, there is no field price (did you mean price_cents?)" in said
    assert "ORIEL_PLANS: in personal, fps must not be negative" in said
    assert "ORIEL_PLANS: in free, watermark must be of the kind of true" in said
    assert "ORIEL_PLANS: in premium, there must be a table" in said
