"""The readable twin: the same model in plain Mesa, one Python object per trader."""

from abm.reference.model import ReferenceModel

__all__ = ["ReferenceModel"]
