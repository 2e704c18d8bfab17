"""The site for an ASGI server."""

from django.core.asgi import get_asgi_application

from config import start

start.configure()
application = start.checked(get_asgi_application())
