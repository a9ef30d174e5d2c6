"""Public datasets by name."""

from twinseg.data.public.fetch import fetch, with_defaults
from twinseg.data.public.sets import PUBLIC_SETS

__all__ = ["PUBLIC_SETS", "fetch", "with_defaults"]
