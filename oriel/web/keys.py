"""What an application carries, by typed keys."""

from aiohttp import web

from oriel.web.demo import Demo
from oriel.web.studio import Studio

STUDIO = web.AppKey("studio", Studio)
DEMO = web.AppKey("demo", Demo)
