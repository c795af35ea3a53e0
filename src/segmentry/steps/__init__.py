"""The steps from a source to named segments, one file each; README.md numbers them."""
