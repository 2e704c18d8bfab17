"""The site for a WSGI server: `gunicorn config.wsgi`."""

from django.core.wsgi import get_wsgi_application

from config import start

start.configure()
application = start.checked(get_wsgi_application())
