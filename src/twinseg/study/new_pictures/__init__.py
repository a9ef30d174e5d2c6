"""New pictures shown to a trained model: found, read ahead, predicted, written, told."""
