"""Whatever Oriel says is wrong ends with what to do, or says what would be right.

Seen in the sources, of Python and of the studio: the texts of all errors are put together from their
literals, and what is filled in only when they are said is "…".
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# What makes an error, beside the classes that are an OrielError.
MAKERS = {"Failed", "bad_request", "not_found", "HTTPNotFound"}

# Texts that are told from elsewhere than where they stand.
TOLD = {"AWAY", "NO_MEMORY", "TOO_LARGE_A_FILE"}
TOLD |= {"_FAILED", "_UNREADABLE", "_UNEXPECTED", "_SENTENCES"}  # by the server, as it is
TOLD |= {"GAVE_UP", "_TOO_LARGE", "_TOO_MUCH_MEMORY", "_TOOK_TOO_LONG"}  # of a render that failed

ASKS = re.findall(
    r"\w+",
    """
    add ask begin buy change check choose close confirm copy cut delete do draw drop end give hear
    install join keep leave let load look make mend mix move name open order press put read refund
    remove renew restart restore run save say see send set share show sign start stop take tell try
    turn type update use wait write
    """,
)
ENDS = re.compile(
    rf"(?:^|[:;,.?(]\s+|\b(?:or|and|then)\s)(?:{'|'.join(ASKS)})\b"  # a clause that asks for something
    r"|\bmust\b|\bat (?:most|least)\b|\bpip install\b",  # or what would be right
    re.IGNORECASE,
)

# Errors that no person is told: what is said then is another text, and this is for the log.
UNTOLD = {"BadKey", "BadLetter", "MailDelayed", "NotStored", "PaymentsFailed", "UnknownLetter"}

NOTHING_TO_DO: Mapping[str, tuple[str, ...]] = {
    "it is asked for by its address, which only whoever asks can know better": (
        r"There is no such [a-z ]+\.",
        r"There is no such letter, or it is no longer among the newest\.",
        r"There is nothing at \{path\}\.",
        r"\{path\} does not answer \{method\}\.",
        r"There is no outbox here\.",
        r"There is no shader …",
    ),
    "what is asked for has come about already": (
        r"It has ended already: it is …\.",
        r"This address is verified already\.",
        r"This sign-in has ended already\.",
        r"It is refunded already: no money went back a second time\.",
        r"No second factor is on\.",
    ),
    "nobody can make it possible": (
        r"Only what is paid can be refunded: it is …\.",
        r"Only what failed or was cancelled is tried again: it is …\.",
        r"What this letter told of is not known any more\.",
        r"The account that it was written to is gone\.",
        r"This account is gone\.",
        r"This picture is not there any more\.",
        r"This render has no …\.",
    ),
    "a program sent it that is not ours": (
        r"This webhook's body is no (event|JSON)\.",
        r"This is not one of our own simulated payments\.",
    ),
    "it is tried again by itself, and this stands beside it for the administrator": (
        r"… has no address: …",
        r"… leads to an address that is not public",
        r"… does not speak HTTP",
        r"… cannot be told: …",
        r"no answer within … s",
        r"what the bucket has is not what was sent",
    ),
    "only a mistake of ours in the program can bring it about": (
        r"More frames were written than the … that were announced\.",
        r"… frames were written of … announced\.",
        r"A plane of … … came where … uint8 was due\.",
        r"No song has been heard yet\.",
    ),
    "it is only the beginning and the end of what is told": (r"… …\.",),
}
REASONED = [re.compile(text) for texts in NOTHING_TO_DO.values() for text in texts]


class Message(NamedTuple):
    where: str
    kind: str
    text: str

    @property
    def ends_well(self) -> bool:
        return bool(ENDS.search(self.text)) or self.kind in UNTOLD

    @property
    def reasoned(self) -> bool:
        return any(one.fullmatch(self.text) for one in REASONED)


def name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@cache
def modules() -> dict[str, ast.Module]:
    paths = sorted((ROOT / "oriel").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}


@cache
def errors() -> frozenset[str]:
    """The name of each class that is an OrielError."""
    bases = {
        node.name: {name(base) for base in node.bases}
        for module in modules().values()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    found = {"OrielError"}
    while more := {each for each, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found)


def named(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """What gets a value there."""
    return {name(one) for one in (node.targets if isinstance(node, ast.Assign) else [node.target])}


def constants(module: ast.Module) -> dict[str, ast.expr]:
    """What the module's own names stand for."""
    return {
        own: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for own in named(node)
    }


@cache
def constants_of_all() -> dict[str, dict[str, ast.expr]]:
    """The constants of each module, by its own name."""
    return {Path(where).stem: constants(module) for where, module in modules().items()}


def texts(node: ast.expr, known: Mapping[str, ast.expr]) -> Iterator[str]:
    """All that an expression may say; nothing where that is put together elsewhere."""
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield "".join(filled(one, known) for one in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from (*texts(one, known), *texts(other, known))
        case ast.Dict(values=parts) | ast.Tuple(elts=parts):
            for one in parts:
                yield from texts(one, known)
        case ast.Starred(value):
            yield from texts(value, known)
        case ast.Name(own) if own in known:
            yield from texts(known[own], known)
        case ast.Attribute(ast.Name(module), other) if module in (others := constants_of_all()):
            yield from texts(others[module].get(other, ast.Constant(None)), others[module])


def filled(part: ast.expr, known: Mapping[str, ast.expr]) -> str:
    inner = part.value if isinstance(part, ast.FormattedValue) else part
    return next(texts(inner, known), "…")


def said(where: str, module: ast.Module) -> Iterator[Message]:
    """What a module of Python says is wrong."""
    known = constants(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and name(node.func) in errors() | MAKERS:
            kind, given = name(node.func), [*node.args]
            given += [one.value for one in node.keywords if one.arg in ("message", "text")]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value and named(node) & TOLD:
            kind, given = "constant", [node.value]
        else:
            continue
        for text in (text for one in given for text in texts(one, known)):
            if " " in text:
                yield Message(f"{where}:{node.lineno}", kind, text)


def studio() -> Iterator[Message]:
    """What the studio throws."""
    sources = {path: path.read_text("utf-8") for path in (ROOT / "web" / "visualizer").glob("*.js")}
    kinds = {"Error", *re.findall(r"class (\w+) extends Error", "".join(sources.values()))}
    thrown = re.compile(rf"new ({'|'.join(kinds)})\(\s*([`\"])(.+?)\2")
    for path, source in sources.items():
        for found in thrown.finditer(source):
            text = re.sub(r"\$\{[^{}]*\}", "…", found[3])
            if " " in text:
                line = source.count("\n", 0, found.start()) + 1
                yield Message(f"{path.relative_to(ROOT)}:{line}", found[1], text)


@cache
def messages() -> list[Message]:
    return [
        *(message for where, module in modules().items() for message in said(where, module)),
        *studio(),
    ]


def test_whatever_is_told_to_be_wrong_ends_with_what_to_do() -> None:
    lacking = [one for one in messages() if not (one.ends_well or one.reasoned)]

    assert not lacking, "\n".join(
        [
            "These say what is wrong, but not what to do. End them with a clause that asks for it,"
            ' such as ": name another file"; where there is nothing to do, give the reason here:',
            *(f"  {one.where} {one.kind}: {one.text}" for one in lacking),
        ]
    )


def test_all_kinds_of_messages_are_looked_at() -> None:
    found = [one.where.rpartition(":")[0] for one in messages()]

    assert len(found) > 300
    assert {own for module in modules().values() for own in constants(module)} >= TOLD
    assert {"oriel/audio.py", "oriel/jobs/video.py", "oriel/service/endings.py"} < set(found)
    assert {"oriel/web/api/acts.py", "oriel/web/runner.py", "web/visualizer/decode.js"} < set(found)


def test_each_exception_is_still_needed() -> None:
    for one in REASONED:
        assert any(
            one.fullmatch(message.text) and not message.ends_well for message in messages()
        ), one.pattern


@pytest.mark.parametrize(
    "source",
    [
        'raise BadAudio(f"{path} is of no use.")',
        'raise Failed("bad_song", "The song is of no use.")',
        'raise BadFields({"song": "is of no use"})',
        'def made(): return Taken(f"{name} is " f"of no use.")',
        'WRONG = "is of no use"\nraise errors.BadLook(WRONG)',
        'WRONG = "of no use"\nraise BadOption(f"{what} is {WRONG}: alas")',
        'raise web.HTTPNotFound(text="It is of no use.")',
        'AWAY = "It is of no use."',
        'GAVE_UP: tuple[str, str] = ("gave_up", "It is of no use.")',
    ],
)
def test_a_message_that_leaves_its_reader_alone_is_found_out(source: str) -> None:
    [message] = said("there.py", ast.parse(source))

    assert "of no use" in message.text
    assert not message.ends_well
    assert not message.reasoned


@pytest.mark.parametrize(
    "end", [": mend it.", "; name another", ", or choose less", ": use a or b", " must be one"]
)
def test_one_that_ends_with_what_to_do_passes(end: str) -> None:
    [message] = said("there.py", ast.parse(f'raise Fault(f"{{it}} is of no use{end}")'))

    assert message.ends_well
