"""The interagency notification and messaging bus: no policy reaches HHS unannounced."""
