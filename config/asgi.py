"""The site for an ASGI server."""

from django.core.asgi import get_asgi_application

from config import bodies, start

start.configure()
application = bodies.of_asgi(start.checked(get_asgi_application()))
