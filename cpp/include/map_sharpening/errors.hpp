// The exception for data that a method can't work with.
#pragma once

#include <stdexcept>

namespace map_sharpening {

/// Values of maps or coefficients that can't be used, such as those of a constant map.
///
/// Arguments that are wrong for any data are a std::invalid_argument.
class UnusableDataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace map_sharpening
