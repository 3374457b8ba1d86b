// Python names for masks.hpp.
#include "map_sharpening/masks.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kTaperDoc = R"(Weights that fall to exactly 0 at the faces of a box.

Parameters
----------
width : float
    Å over which the weight rises as a raised cosine; at most a third of each edge.

Returns
-------
ndarray, shape (nz, ny, nx), float32
)";

constexpr const char* kMaskDoc = R"(Soft molecular mask from where two half maps agree.

Parameters
----------
half_1, half_2 : ndarray, shape (nz, ny, nx // 2 + 1), complex64, C order
    Half-complex coefficients of the half maps.

Returns
-------
(ndarray, MolecularMask)
    Mask of shape (nz, ny, nx), values 0 to 1, and what is known of it.
)";

}  // namespace

void bind_masks(py::module_& m) {
  options_class<MolecularMaskOptions>(m, "MolecularMaskOptions",
                                      "What a molecular mask is made of; see masks.hpp.")
      .def_static("for_resolution", &MolecularMaskOptions::for_resolution, "resolution"_a,
                  "What the program chooses for maps of a resolution (Å).");
  py::class_<MolecularMask>(m, "MolecularMask", "What is known of an automatic mask.")
      .def_readonly("fraction", &MolecularMask::fraction, "Mean of the mask.")
      .def_readonly("molecule_fraction", &MolecularMask::molecule_fraction,
                    "Share of the box inside before widening.")
      .def_readonly("is_trustworthy", &MolecularMask::is_trustworthy,
                    "The molecule stands clear of the noise, with solvent around.");
  m.def(
      "edge_taper",
      [](const Shape& shape, const CellParameters& cell, double width, int threads) {
        const Grid grid(shape, to_cell(cell));
        auto result = empty3<float>(shape);
        const auto view = writable(result, "taper");
        without_gil([&] {
          std::fill(view.data, view.data + view.size(), 1.0f);
          apply_edge_taper(view, grid, width, threads);
        });
        return result;
      },
      "shape"_a, "cell"_a, "width"_a, "threads"_a = 0, kTaperDoc);
  m.def(
      "molecular_mask",
      [](const Array<std::complex<float>>& half_1, const Array<std::complex<float>>& half_2,
         const Shape& shape, const CellParameters& cell, const MolecularMaskOptions& options,
         int threads) -> py::typing::Tuple<Array<float>, MolecularMask> {
        const auto a = readable(half_1, "half_1"), b = readable(half_2, "half_2");
        require_coefficients_of(shape, a.shape, "half_1");
        auto mask = empty3<float>(shape);
        const auto view = writable(mask, "mask");
        const MolecularMask found = without_gil([&] {
          return make_molecular_mask(a, b, Grid(shape, to_cell(cell)), options, view, threads);
        });
        return py::make_tuple(mask, found);
      },
      "half_1"_a.noconvert(), "half_2"_a.noconvert(), "shape"_a, "cell"_a, "options"_a,
      "threads"_a = 0, kMaskDoc);
}

}  // namespace map_sharpening::python
