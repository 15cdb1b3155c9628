"""Makes a project in the Bugsink of the working directory. Prints its number, its key, and a token of the API."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bugsink_conf")
sys.path.insert(0, os.getcwd())

import django

django.setup()

from bsmain.models import AuthToken
from django.contrib.auth import get_user_model
from projects.models import Project

project = Project.objects.create(name="redhanded")
users = get_user_model().objects
users.create_superuser(username="me@example.org", email="me@example.org", password="loopback")
print(project.id, project.sentry_key.hex, AuthToken.create_full_access().token)
