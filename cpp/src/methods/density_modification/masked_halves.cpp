#include "methods/density_modification/masked_halves.hpp"

#include "base/parallel.hpp"

namespace map_sharpening {

void rectify(View3<const float> half_1, View3<const float> half_2, const Mixture& mixture,
             const Rectifier& rectifier, View3<float> out, int threads) {
  const auto a = static_cast<float>(mixture.of_1), b = static_cast<float>(mixture.of_2);
  for_each_row(out.shape, threads, [&](std::size_t z, std::size_t y) {
    for (std::size_t x = 0; x < out.shape[2]; ++x) {
      const float value = a * half_1(z, y, x) + b * half_2(z, y, x);
      out(z, y, x) = value * (value > 0 ? rectifier.above : rectifier.below);
    }
  });
}

}  // namespace map_sharpening
