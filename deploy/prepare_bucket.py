"""Makes what compose.yaml's bucket emulator lacks: a bucket, and a service account's key for links.

    python3 prepare_bucket.py http://bucket:4443 oriel /keys/bucket.json

The key is made here and opens nothing; one that is there already is kept.
"""

import json
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_THERE_ALREADY = 409


def make_bucket(endpoint: str, name: str) -> None:
    """The bucket is there afterwards."""
    request = urllib.request.Request(
        f"{endpoint}/storage/v1/b?project=oriel",
        json.dumps({"name": name}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        urllib.request.urlopen(request, timeout=10).close()  # nosec B310 # the emulator's address
    except HTTPError as error:
        if error.code != _THERE_ALREADY:
            raise


def make_key(path: Path) -> None:
    """The key file is there afterwards."""
    if path.exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "oriel",
        "private_key_id": "0",
        "private_key": private.decode(),
        "client_email": "oriel@oriel.example",
        "client_id": "0",
        "token_uri": "http://localhost:1/token",
    }
    path.write_text(json.dumps(account), "utf-8")


if __name__ == "__main__":
    make_bucket(sys.argv[1], sys.argv[2])
    make_key(Path(sys.argv[3]))
