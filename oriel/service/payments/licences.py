"""What may be done with a video, by the name of its plan's licence."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """A licence's title, and its terms as one paragraph."""

    title: str
    terms: str


LICENCES: Mapping[str, Licence] = {
    "personal": Licence(
        "Personal licence",
        "You may publish, perform and share this video wherever you like, for as long as you like,"
        " as long as nobody pays for it: it may not be sold, and may not advertise anything but"
        " your own music. The music stays whose it was; you confirm that you may use it.",
    ),
    "commercial": Licence(
        "Commercial licence",
        "You may publish, perform, share, sell and license this video wherever you like, for as"
        " long as you like, for commercial purposes and advertising too. The music stays whose it"
        " was; you confirm that you may use it.",
    ),
}


def of(name: str) -> Licence:
    """The licence of a plan; one that an operator invented speaks for itself."""
    return LICENCES.get(name, Licence(name, "As agreed with the operator of this site."))
