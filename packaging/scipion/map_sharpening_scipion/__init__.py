"""map_sharpening in Scipion."""

import pwem

__version__ = "0.1.0"
_logo = ""
_references = ["Terwilliger2020"]


class Plugin(pwem.Plugin):
    """The plugin: the command `map_sharpening` is looked for on the path, nothing is installed."""

    _url = "https://pypi.org/project/map-sharpening/"
