// Checks of arguments: messages that name the argument, its value and what was expected.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "map_sharpening/array_view.hpp"

namespace map_sharpening {

template <class... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <class... Parts>
void require(bool holds, const Parts&... message) {
  if (!holds) throw std::invalid_argument(text_of(message...));
}

inline std::string text_of_shape(const Shape& shape) {
  return text_of("(", shape[0], ", ", shape[1], ", ", shape[2], ")");
}

inline void require_shape(const char* name, const Shape& shape, const Shape& expected) {
  require(shape == expected, name, " has shape ", text_of_shape(shape), ", expected ",
          text_of_shape(expected));
}

}  // namespace map_sharpening
