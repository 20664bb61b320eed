"""What uvicorn serves. (`manage.py runserver` is WSGI and would hang on the event streams.)"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zero_to_gpt.settings")

application = get_asgi_application()
