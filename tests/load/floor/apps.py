from django.apps import AppConfig


class FloorConfig(AppConfig):
    name = "tests.load.floor"
    label = "floor"
