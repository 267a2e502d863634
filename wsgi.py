"""The WSGI entry point for any server: `granian --interface wsgi wsgi:app`."""

from admin_app import create_app

app = create_app()
