"""Names of NumPy arrays with their axes: one letter means one thing in the whole package.

``y`` runs down the rows, ``x`` along the columns. Shapes are checked while tests run.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

Picture = UInt8[np.ndarray, "y x 3"]  # red, green, blue in 0..255
Pictures = UInt8[np.ndarray, "case y x 3"]
Mask = Bool[np.ndarray, "y x"]
MaskStack = Bool[np.ndarray, "case y x"]
SquarePicture = UInt8[np.ndarray, "side side 3"]  # stretched to what a network sees
SquareMask = Bool[np.ndarray, "side side"]
SquarePlane = Float[np.ndarray, "side side"]
Plane = Float[np.ndarray, "y x"]  # one value per pixel: probability, heat, Hounsfield units
Planes = Float[np.ndarray, "case y x"]
Values = Float[np.ndarray, " case"]
Indices = Int[np.ndarray, "_"]  # positions in a stack; of any number
Outline = Float[np.ndarray, "_ 2"]  # corners (x, y) in pixels
