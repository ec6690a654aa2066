"""Bytes that are known beforehand in; a response that compresses and revalidates, out."""

from aiohttp import ETag, web

from oriel.web.assets import Asset

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # keep it, and ask each time whether it is still so
FOR_A_DAY = "public, max-age=86400"


def send(request: web.Request, asset: Asset, keep: str) -> web.Response:
    """The asset, as gzip where the browser takes it; 304 where it has it already."""
    tag = ETag(asset.tag, is_weak=True)  # one for both encodings
    known = request.if_none_match or ()
    if any(one.value in ("*", tag.value) for one in known):
        response = web.Response(status=304)
    else:
        packed = asset.packed if _takes_gzip(request) else None
        response = web.Response(body=asset.body if packed is None else packed)
        response.headers["Content-Type"] = asset.kind
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
    response.etag = tag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = keep
    return response


def _takes_gzip(request: web.Request) -> bool:
    """Whether Accept-Encoding names gzip, or anything, with a weight above 0 (RFC 9110 12.5.3)."""
    weights = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = parameter.replace(" ", "").removeprefix("q=") or "1"
    return weights.get("gzip", weights.get("*", "0")).strip("0.") != ""
