"""Sound, and images, in the form in which they are computed with, and back."""
