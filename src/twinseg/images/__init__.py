"""Pictures without references: files, DICOM series, volumes and slides, with their geometry."""
