"""Images as bytes: are they what they claim to be, and is it safe to open them?"""
