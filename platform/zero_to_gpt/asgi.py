"""What the web server serves. (`manage.py runserver` is WSGI and would hang on the event streams.)"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zero_to_gpt.settings")

from django.conf import settings

from zero_to_gpt.door import Door

application = Door(get_asgi_application(), proxies=settings.TRUSTED_PROXIES, works=settings.WEB_THREADS)
