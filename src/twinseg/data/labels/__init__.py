"""What is in the labels: measured, tested, and said in plain words."""

from twinseg.data.labels.describe import BigGroup, LabelReport, RareCase, describe_labels
from twinseg.data.labels.label_files import write_labels
from twinseg.data.labels.sentences import sentences
from twinseg.data.labels.table import Labelled, label_table

__all__ = [
    "BigGroup",
    "LabelReport",
    "Labelled",
    "RareCase",
    "describe_labels",
    "label_table",
    "sentences",
    "write_labels",
]
