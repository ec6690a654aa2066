"""What a sentence is that tells somebody of a mistake."""


def assert_sentence(words: str, most: int = 1200) -> None:
    assert words
    assert "\n" not in words
    assert "Traceback" not in words
    assert "object at 0x" not in words
    assert len(words) <= most
