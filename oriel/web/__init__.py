"""The studio's web server: HTTP requests come in, the page and what it needs go out.

aiohttp is imported in this folder alone. Nothing here draws or hears: no OpenGL, PyAV or librosa.
"""
