"""An e-mail address as somebody typed it goes in; the one form that we compare comes out."""

from functools import cache

from oriel.service.errors import BadFields

_LONGEST = 254  # RFC 5321, by erratum 1690
_AT_HOME = {"test", "local", "localhost"}  # which firms use within their walls


def normalised(typed: str, field: str = "email") -> str:
    """The address in lower case and Unicode's composed form; raises BadFields, naming `field`.

    Capitals before the @ mean another mailbox in theory (RFC 5321) and the same one everywhere.
    """
    from email_validator import EmailNotValidError, validate_email

    _allow_names_at_home()
    try:
        read = validate_email(
            typed.strip()[: _LONGEST + 1],
            check_deliverability=False,  # the letter will tell
            globally_deliverable=False,
        )
    except EmailNotValidError as error:
        raise BadFields({field: "must be an e-mail address, such as you@example.com"}) from error
    if "." not in read.domain and read.domain.lower() != "localhost":
        raise BadFields({field: "must be an e-mail address, with a dot after the @"})
    return f"{read.local_part}@{read.domain}".lower()


def counted(typed: str) -> str:
    """What limits count by: the same for every spelling of an address, and for what is none."""
    try:
        return normalised(typed)
    except BadFields:
        return typed.strip().lower()


@cache
def _allow_names_at_home() -> None:
    """The library's own way: its list is there to be changed."""
    import email_validator

    names = email_validator.SPECIAL_USE_DOMAIN_NAMES
    names[:] = [name for name in names if name not in _AT_HOME]
