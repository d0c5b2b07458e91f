"""What is wrong with a site file, a device file or an edge file.

Belongs here: the error alone, so that each file's module can raise it.
"""


class SiteFileError(ValueError):
    """A file that can not be used; the message says where and what would do."""
