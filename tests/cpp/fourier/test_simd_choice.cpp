// The instruction set that MAP_SHARPENING_SIMD names: an unknown name is an error, whichever
// function comes first.  One function per run, as the choice is made once.
#include <complex>
#include <cstring>

#include "check.hpp"
#include "map_sharpening/filters.hpp"
#include "map_sharpening/fourier.hpp"
#include "map_sharpening/shells.hpp"
#include "samples.hpp"

using namespace map_sharpening;
using namespace map_sharpening::test;

int main(int argc, char** argv) {
  const Grid grid({4, 4, 4}, {8, 8, 8});
  const Columns columns = Columns::all(grid);
  Array3<float> map(grid.shape, 1);
  Array3<std::complex<float>> f({4, 4, 3}, 1);
  ScaleFactors factors;
  factors.step = 0.1;
  factors.gain = {1, 1};
  const char* which = argc > 1 ? argv[1] : "";
  try {
    if (std::strcmp(which, "forward_transform") == 0)
      forward_transform<float>(map.view(), f.view(), columns, 2);
    else if (std::strcmp(which, "power_sums") == 0)
      power_sums<float>(f.view(), f.view(), grid, columns, {0.1, 2}, false, 2);
    else if (std::strcmp(which, "apply_scale_factors") == 0)
      apply_scale_factors<float>(f.view(), {}, f.view(), grid, columns, 0.2, factors, 2);
    else if (std::strcmp(which, "randomise_phases") == 0)
      randomise_phases<float>(f.view(), f.view(), grid, columns, 0.2, 0.1, 1, 2);
    else
      std::puts("name the function to call");
  } catch (const std::invalid_argument& error) {
    std::printf("refused: %s\n", error.what());
    return 0;
  }
  return 1;
}
