"""What every other folder stands on: errors, array names, settings, seeds, whole files."""
