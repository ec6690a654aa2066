"""`certbot certonly --webroot` without Let's Encrypt, which only knows machines of the internet.

It asks for the challenge's file by the name, at port 80, as Let's Encrypt does; the certificate
vouches for itself, and lies where certbot puts it. Then the hook is run, as certbot does.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import certificates


def main() -> None:
    """Prove that the name is ours, and write its certificate."""
    parser = argparse.ArgumentParser("certbot", allow_abbrev=False)
    parser.add_argument("how", choices=["certonly"])
    parser.add_argument("--webroot", action="store_true", required=True)
    parser.add_argument("-w", type=Path, required=True)
    parser.add_argument("-d", required=True)
    parser.add_argument("--deploy-hook", required=True)
    given = parser.parse_args(sys.argv[2:])

    challenge = given.w / ".well-known" / "acme-challenge" / "token"
    challenge.parent.mkdir(parents=True, exist_ok=True)
    challenge.write_text("proof")
    address = f"http://{given.d}/.well-known/acme-challenge/token"
    with urllib.request.urlopen(address, timeout=10) as answer:
        if answer.read() != b"proof":
            sys.exit(f"{address} is not what lies in {challenge}")

    live = Path("/etc/letsencrypt/live", given.d)
    live.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = certificates.made(Path(folder))
        shutil.move(certificate, live / "fullchain.pem")
        shutil.move(key, live / "privkey.pem")
    subprocess.run(given.deploy_hook, shell=True, check=True)


if __name__ == "__main__":
    main()
