"""Pictures that are a file each: the one door to the decoders of Pillow."""
