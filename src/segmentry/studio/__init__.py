"""The studio: Segmentry in a browser, for whoever will never open a terminal again."""
