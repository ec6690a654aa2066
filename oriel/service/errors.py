"""What the service refuses, each with the `code` that clients are told."""

from collections.abc import Mapping
from typing import Any, ClassVar

from oriel.errors import UserError


class Refused(UserError):
    """The service will not do what was asked; nothing was changed.

    `details` is for programs: which fields are wrong, or how long to wait.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = dict(details or {})


class BadFields(Refused):
    """One or several fields are wrong; `details` maps each to what is wrong with it."""

    code = "invalid"

    def __init__(self, problems: Mapping[str, str]) -> None:
        said = "; ".join(f"{field}: {problem}" for field, problem in problems.items())
        super().__init__(said, problems)


class BadCredentials(Refused):
    """No active account has this address and password."""

    code = "bad_credentials"


class SecondFactorRequired(Refused):
    """The password is right, and the account has a second factor: a code of it is asked for too."""

    code = "second_factor_required"


class BadCode(Refused):
    """The code is none of the account's second factor, is too old, or was used before."""

    code = "bad_code"


class SecondFactorMissing(Refused):
    """An administrator without a second factor, where the settings demand one."""

    code = "second_factor_missing"


class NotSignedIn(Refused):
    """The access or refresh token is missing, forged, too old or ended."""

    code = "not_signed_in"


class BadLink(Refused):
    """The link of a letter, or to a file, is unknown, was used before or is too old."""

    code = "bad_link"


class Forbidden(Refused):
    """Somebody who is signed in asks for what is not theirs to do."""

    code = "forbidden"


class NotFound(Refused):
    """There is no such thing, or it belongs to somebody else."""

    code = "not_found"


class Taken(Refused):
    """An address or a name is in use already."""

    code = "taken"


class NotInPlan(Refused):
    """The plan does not include what was ordered."""

    code = "not_in_plan"


class NoCredit(Refused):
    """The account has no credit left of the tier that was ordered."""

    code = "no_credit"


class KeyUsed(Refused):
    """The Idempotency-Key stands for another request."""

    code = "idempotency_key_used"


class TooMany(Refused):
    """Asked too often; `details` holds "retry_after", in seconds."""

    code = "too_many"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, {"retry_after": retry_after})
        self.retry_after = retry_after
