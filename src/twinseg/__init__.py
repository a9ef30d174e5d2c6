"""twinseg: train twin segmentation models on medical images and compare them with evidence."""
