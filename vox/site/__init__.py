"""The site: executed notebooks become pages, and pages know each other."""
