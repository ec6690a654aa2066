"""Google's client for one bucket: its calls in plain words, and its errors as ours.

Each method waits for the network, so that callers run it in a thread. `identity` is what asks and
signs; a bucket with an `endpoint` (an emulator) is asked without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from oriel.service.storage import NotStored, StorageFailed

if TYPE_CHECKING:
    from oriel.service.storage.upload import Upload

PART = 4 << 20  # bytes of one request; a multiple of 256 KiB, as resumable uploads need
_TIMEOUT = 30.0  # seconds without a byte
_LONGEST_LINK = 7 * 86_400  # seconds; the most that V4 allows
_NO_BUCKET = "bucket does not exist"  # in what Google says then
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
# https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob
_SIGNING_SCOPE = "https://www.googleapis.com/auth/iam"


class Bucket:
    """The client is made at first use: importing Google's packages takes a second.

    `patience` is how many seconds a request is tried again; `credentials` the file of a service
    account's key, without which the machine's own identity is taken.
    """

    def __init__(
        self,
        name: str,
        endpoint: str | None,
        links: str | None,
        credentials: str | None,
        patience: float,
    ) -> None:
        self._name = name
        self._endpoint = endpoint
        self._links = links or endpoint
        self._credentials = credentials
        self._patience = patience
        self._lock = Lock()

    def upload(self, name: str, content_type: str) -> "Upload":
        """Begin an upload; the object appears when its last part is there."""
        from oriel.service.storage.upload import Upload

        blob = self._blob(name)
        blob.content_type = content_type
        with ours(name):
            url = blob.create_resumable_upload_session(
                content_type=content_type, timeout=_TIMEOUT, retry=self._retry
            )
        return Upload(self._session, url, self._patience)

    def size(self, name: str) -> tuple[int, int]:
        """The bytes of an object, and its generation."""
        blob = self._blob(name)
        with ours(name):
            blob.reload(retry=self._retry, timeout=_TIMEOUT)
        return blob.size, blob.generation

    def part(self, name: str, generation: int, first: int, last: int) -> bytes:
        """Some bytes of one generation, the last one included."""
        with ours(name):
            data: bytes = self._blob(name, generation).download_as_bytes(
                start=first, end=last, retry=self._retry, timeout=_TIMEOUT, checksum=None
            )
        return data

    def download(self, name: str, path: Path) -> None:
        """All of it into a file; Google's checksum is compared."""
        with ours(name):
            self._blob(name).download_to_filename(str(path), retry=self._retry, timeout=_TIMEOUT)

    def delete(self, name: str) -> None:
        """Remove an object, or find it removed."""
        with suppress(NotStored), ours(name):
            self._blob(name).delete(retry=self._retry, timeout=_TIMEOUT)

    def listed(self, prefix: str) -> Iterator[list[tuple[str, datetime]]]:
        """Pages of what begins so, each name with when it was put there; none is empty."""
        with ours(prefix):
            found = self._made().list_blobs(prefix=prefix, timeout=_TIMEOUT, retry=self._retry)
            for page in found.pages:
                if names := [(blob.name, blob.updated) for blob in page]:
                    yield names

    def link(self, name: str, seconds: int, disposition: str) -> str:
        """A V4 link, signed by the account's key, or by Google for a machine's identity."""
        with ours(name):
            url: str = self._blob(name).generate_signed_url(
                version="v4",
                method="GET",
                expiration=timedelta(seconds=min(seconds, _LONGEST_LINK)),
                response_disposition=disposition,
                api_access_endpoint=self._links,
                credentials=self._identity,
                **self._signer(),
            )
        return url

    @cached_property
    def _retry(self) -> Any:
        from google.cloud.storage.retry import DEFAULT_RETRY

        return DEFAULT_RETRY.with_timeout(self._patience)

    @cached_property
    def _identity(self) -> Any:
        if self._credentials:
            from google.oauth2 import service_account

            return service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]
                self._credentials, scopes=[_SCOPE]
            )
        import google.auth

        return google.auth.default(scopes=[_SCOPE, _SIGNING_SCOPE])[0]

    @cached_property
    def _session(self) -> Any:
        from google.auth.transport.requests import AuthorizedSession
        from requests import Session

        if self._endpoint:
            return Session()
        return AuthorizedSession(self._identity)  # type: ignore[no-untyped-call]

    @cached_property
    def _bucket(self) -> Any:
        from google.cloud import storage

        if self._endpoint:
            client = storage.Client(
                project="emulated",
                client_options={"api_endpoint": self._endpoint},
                use_auth_w_custom_endpoint=False,
            )
        else:
            project = getattr(self._identity, "project_id", None) or "-"  # no call here names it
            client = storage.Client(project=project, credentials=self._identity)
        return client.bucket(self._name)

    def _blob(self, name: str, generation: int | None = None) -> Any:
        with ours(name):
            return self._made().blob(name, chunk_size=PART, generation=generation)

    def _made(self) -> Any:
        with self._lock:
            return self._bucket

    def _signer(self) -> dict[str, str]:
        """Nothing where the identity has a key; else what Google's signBlob needs."""
        from google.auth.credentials import Signing
        from google.auth.transport.requests import Request

        if isinstance(self._identity, Signing):
            return {}
        email = getattr(self._identity, "service_account_email", None)
        if email is None:
            raise StorageFailed(
                "links cannot be signed: the identity of this machine is no service account; "
                "name a key with gs://BUCKET?credentials=FILE"
            )
        with self._lock:
            if not self._identity.valid:
                self._identity.refresh(Request())
        # A machine's identity learns its address only with its first token.
        email = self._identity.service_account_email
        return {"service_account_email": email, "access_token": self._identity.token}


@contextmanager
def ours(name: str) -> Iterator[None]:
    """Turn Google's errors, and those of the packages below its own, into ours."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
    from requests import RequestException

    theirs = (
        exceptions.GoogleAPIError,
        GoogleAuthError,
        DataCorruption,
        InvalidResponse,
        RequestException,
        OSError,
    )
    try:
        yield
    except exceptions.NotFound as error:
        if _NO_BUCKET in str(error):
            raise StorageFailed(
                f"the bucket is not there ({error}): make it, or name another in ORIEL_STORAGE"
            ) from error
        raise NotStored(f"nothing is stored under {name}") from error
    except theirs as error:
        raise StorageFailed(
            f"the bucket did not do it for {name} ({error}): see to its rights,"
            " and to the way there"
        ) from error
