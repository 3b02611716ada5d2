"""The paper's study on drawn movies: a base model that describes, fine-tuned in three ways, scored alike."""
