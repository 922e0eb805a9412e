"""A page in the browser: convert a sound, hear it beside its source, teach voices (``vox app``)."""

from vox.app.conversion import Conversion, Request, converters, speakers
from vox.app.learning import Learning, gathered

__all__ = ["Conversion", "Learning", "Request", "converters", "gathered", "speakers"]
