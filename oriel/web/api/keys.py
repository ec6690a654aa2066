"""What the API's application carries, by typed keys."""

from aiohttp import web

from oriel.web.api.parts import Parts

PARTS = web.AppKey("parts", Parts)
