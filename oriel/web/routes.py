"""Every path that the server answers."""

from aiohttp import web

from oriel.web import handlers

FILES = [
    web.get("/", handlers.page),
    web.get("/assets/{name:.+}", handlers.asset),
    web.get("/meshes/{shape}", handlers.mesh),
    web.get("/demo/song.wav", handlers.demo_song),
    web.get("/demo/beats.json", handlers.demo_beats),
]
HEALTH = web.get("/health", handlers.health)
ROUTES = [*FILES, HEALTH]
