"""What the web server serves. (`manage.py runserver` is WSGI and would hang on the event streams.)"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zero_to_gpt.settings")

from django.conf import settings

from zero_to_gpt.door import Door
from zero_to_gpt.handler import Handler
from zero_to_gpt.runtime import for_short_answers

django.setup(set_prefix=False)
_works = settings.WEB_THREADS
application = Door(Handler(_works), proxies=settings.TRUSTED_PROXIES, works=_works)
for_short_answers()
