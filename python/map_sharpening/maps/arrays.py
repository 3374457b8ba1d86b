"""Types of arrays, named once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
#: True where a map's grid point belongs to something, shape (nz, ny, nx).
BooleanMap = npt.NDArray[np.bool_]
#: Half-complex Fourier terms of a map, shape (nz, ny, nx // 2 + 1).
Coefficients = npt.NDArray[np.complex64]
#: Edges in Å and angles in degrees: a, b, c, alpha, beta, gamma.
Cell = tuple[float, float, float, float, float, float]
