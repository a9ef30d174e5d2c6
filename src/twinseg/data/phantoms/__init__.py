"""Pictures of three kinds, drawn by rules, whose true outlines are known: for tests and the demo.

They need no files and no network. They look like what they stand for, but teach nothing about
patients: a model that does well on them is only proved to be able to learn.
"""

from twinseg.data.phantoms.phantom_folders import KINDS as KINDS
from twinseg.data.phantoms.phantom_folders import write_phantoms as write_phantoms
