"""Networks built from small layers, and what can be read off them.

`vox.models.specs` has the notation, without torch; the rest builds and reads live modules.
"""
