"""The experiments of March 2019 that train StarGAN and its classifiers, by their pages."""

from vox.series import EIGHT

__all__ = ["EIGHT"]
