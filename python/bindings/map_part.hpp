// A part of a map as Python names it: a mask and a box, each optional.
#pragma once

#include <optional>
#include <utility>

#include "map_sharpening/moments.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {

using OptionalMask = std::optional<Array<float>>;
using OptionalBox = std::optional<std::pair<Shape, Shape>>;

inline View3<const float> mask_view(const OptionalMask& mask, const char* name = "mask") {
  return mask ? readable(*mask, name) : View3<const float>();
}

}  // namespace map_sharpening::python
