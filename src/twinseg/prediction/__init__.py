"""A model and images to masks on the source grid."""
