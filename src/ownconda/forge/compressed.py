"""Pages compressed for browsers that take it: a listing is a tenth of its size then."""

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

WORTH_IT = 1000  # bytes
LEVEL = 4


def compressed() -> list[Middleware]:
    """Give what a route needs so that its answers are compressed."""
    return [Middleware(GZipMiddleware, minimum_size=WORTH_IT, compresslevel=LEVEL)]
