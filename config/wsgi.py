"""The site for a WSGI server: `gunicorn config.wsgi`."""

from django.core.wsgi import get_wsgi_application

from config import bodies, collector, start
from security import user_agents

start.configure()
application = bodies.of_wsgi(start.checked(get_wsgi_application()))
user_agents.parser()
collector.settle()
