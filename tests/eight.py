"""The experiments of March 2019 that train StarGAN and its classifiers, by their pages."""

from vox.series import OF_2019

EIGHT = OF_2019[:8]
