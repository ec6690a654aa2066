"""What the API's application carries, by typed keys."""

from aiohttp import web

from oriel.web.api.parts import Parts
from oriel.web.api.versions import Versions

PARTS = web.AppKey("parts", Parts)
VERSIONS = web.AppKey("versions", Versions)
