// Python names for half_maps.hpp.
#include <optional>

#include "local/local_filter_values.hpp"
#include "map_sharpening/half_maps.hpp"
#include "numpy_views.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kDoc =
    R"(Shell sharpening of two half maps, global or local; see half_maps.hpp.

Parameters
----------
half_1, half_2 : ndarray, shape (nz, ny, nx), float32, C order
    Half maps; not changed.
full : ndarray or None
    Map to sharpen; None: the mean of the halves.
mask : ndarray, shape (nz, ny, nx), float32, C order
    In for mask_choice="given"; otherwise overwritten with the weights that were used.
cell : six floats
    Å and degrees of the cell that the grid fills.
resolution : float
    Å.
anisotropic, n_shells, ideal, mask_choice, randomise_beyond, taper_edges, output_scale, guinier_d_low, seed
    As in HalfMapOptions. mask_choice is automatic, given or whole_box.
local : bool
    Sharpen locally after the global filter; see local_filter.hpp.
core_points, n_windows, n_window_shells : int
    Grid points of a window's core, about how many cores, and shells in each; 0: chosen
    (20 shells).
filter_windows : callable or None
    Does the work of `filter_windows` for all layers, perhaps on other machines: called with
    half_1, half_2, full, sharpened, sharpened_half_1, sharpened_half_2 (arrays that live as
    long as the call; outputs may be the memory of inputs), shell_width, ideal, factors and
    s_max. It fills the outputs and returns what `filter_windows` does.
sharpen_halves : bool
    Also return both sharpened half maps.
new_array : callable or None
    Called as new_array(shape, dtype) for every array of the maps' size that is returned or
    worked in; returns a writable array of that shape (a tuple) and dtype in C order. None: they
    are allocated.
threads : int
    Number of threads; 0 means all. The result does not depend on it.
progress : callable or None
    Called as progress(stage, done) before each stage, done from 0 to 1. An exception that
    it raises ends the run.

Returns
-------
dict
    sharpened, sharpened_half_1, sharpened_half_2 (None unless asked for), and all that was
    measured, by the names of HalfMapSharpening; local is None or a dict by the names of
    LocalFilter, its arrays of the lattice's shape.

Raises
------
ValueError
    If shapes do not match, an option is out of range, or the maps hold nothing to fit.
)";

MaskChoice mask_choice_named(const std::string& name) {
  if (name == "automatic") return MaskChoice::automatic;
  if (name == "given") return MaskChoice::given;
  if (name == "whole_box") return MaskChoice::whole_box;
  throw py::value_error("mask_choice is '" + name +
                        "'; expected automatic, given or whole_box");
}

// What Python is asked to do in the place of `filter_locally`; it holds the GIL meanwhile.
WindowFilter filter_by(const py::object& function, double resolution) {
  return [&function, resolution](const LocalMaps& maps, const Grid& grid,
                                 const SharpenedPower& expected, const LocalOptions& options) {
    const py::gil_scoped_acquire lock;
    NamedValues arguments;
    arguments["half_1"] = borrowed(maps.half_1);
    arguments["half_2"] = borrowed(maps.half_2);
    arguments["full"] = borrowed_if_any(maps.full);
    arguments["sharpened"] = borrowed(maps.sharpened);
    arguments["sharpened_half_1"] = borrowed_if_any(maps.sharpened_half_1);
    arguments["sharpened_half_2"] = borrowed_if_any(maps.sharpened_half_2);
    arguments["shell_width"] = expected.shells.width;
    arguments["ideal"] = expected.ideal;
    arguments["factors"] = expected.factors;
    arguments["s_max"] = expected.s_max;
    const py::dict told = function(**arguments);
    LocalFilter found;
    found.lattice = window_lattice(grid, resolution, options);
    const auto values = [&](const char* name) {
      const auto array = told[name].cast<Array<double>>();
      if (static_cast<std::size_t>(array.size()) != found.lattice.size())
        throw py::value_error(std::string(name) + " has " + std::to_string(array.size()) +
                              " values for " + std::to_string(found.lattice.size()) +
                              " windows");
      return std::vector<double>(array.data(), array.data() + array.size());
    };
    found.signal_scale = values("signal_scale");
    found.excess_b = values("excess_b");
    found.noise_scale = values("noise_scale");
    found.gain = values("gain");
    found.resolution = values("resolution");
    return found;
  };
}

NamedValues sharpen(const Array<float>& half_1, const Array<float>& half_2,
                    std::optional<Array<float>> full, Array<float>& mask,
                    const CellParameters& cell, double resolution, bool anisotropic,
                    std::size_t n_shells, const std::string& ideal,
                    const std::string& mask_choice, double randomise_beyond, bool taper_edges,
                    double output_scale, double guinier_d_low, std::uint64_t seed, bool local,
                    std::size_t core_points, std::size_t n_windows,
                    std::size_t n_window_shells, const py::object& filter_windows,
                    bool sharpen_halves, const py::object& new_array, int threads,
                    const py::object& progress) {
  HalfMaps maps;
  maps.half_1 = readable(half_1, "half_1");
  maps.half_2 = readable(half_2, "half_2");
  if (full) maps.full = readable(*full, "full");
  maps.mask = writable(mask, "mask");
  const auto new_map = [&] {
    return new_array.is_none() ? empty3<float>(maps.half_1.shape)
                               : made_by<float>(new_array, maps.half_1.shape);
  };
  auto sharpened = new_map();
  maps.sharpened = writable(sharpened, "sharpened");
  std::optional<Array<float>> out_1, out_2;
  if (sharpen_halves) {
    out_1 = new_map();
    out_2 = new_map();
    maps.sharpened_half_1 = writable(*out_1, "sharpened_half_1");
    maps.sharpened_half_2 = writable(*out_2, "sharpened_half_2");
  }
  std::vector<Array<std::complex<float>>> work;
  if (!new_array.is_none())
    for (auto& view : maps.work) {
      work.push_back(made_by<std::complex<float>>(new_array, half_complex(maps.half_1.shape)));
      view = writable(work.back(), "work");
    }
  HalfMapOptions options;
  options.resolution = resolution;
  options.anisotropic = anisotropic;
  options.n_shells = n_shells;
  options.ideal = ideal_curve_named(ideal);
  options.mask = mask_choice_named(mask_choice);
  options.randomise_beyond = randomise_beyond;
  options.taper_edges = taper_edges;
  options.output_scale = output_scale;
  options.guinier_d_low = guinier_d_low;
  options.seed = seed;
  options.local = local;
  options.windows.core_points = core_points;
  options.windows.n_windows = n_windows;
  if (n_window_shells > 0) options.windows.n_shells = n_window_shells;
  if (!filter_windows.is_none())
    options.filter_windows = filter_by(filter_windows, resolution);
  options.threads = threads;
  if (!progress.is_none())
    options.progress = [&progress](const std::string& stage, double done) {
      const py::gil_scoped_acquire lock;
      progress(stage, done);
    };
  HalfMapSharpening result;
  {
    py::gil_scoped_release unlock;
    result = sharpen_half_maps(maps, to_cell(cell), options);
  }
  std::vector<double> scale;
  for (std::size_t i = 0; i < result.shells.count; ++i)
    scale.push_back(result.factors.radial_mean(result.shells.middle(i)));
  NamedValues out;
  out["sharpened"] = sharpened;
  out["sharpened_half_1"] = out_1;
  out["sharpened_half_2"] = out_2;
  out["shell_width"] = result.shells.width;
  out["n_shells"] = result.shells.count;
  out["n_terms"] = to_numpy(std::move(result.n_terms));
  out["fsc_unmasked"] = to_numpy(std::move(result.fsc_unmasked));
  out["fsc_masked"] = to_numpy(std::move(result.fsc_masked));
  out["fsc_randomised"] = to_numpy(std::move(result.fsc_randomised));
  out["fsc_corrected"] = to_numpy(std::move(result.fsc_corrected));
  out["rms_amplitude"] = to_numpy(std::move(result.rms_amplitude));
  out["signal"] = to_numpy(std::move(result.model.signal));
  out["noise"] = to_numpy(std::move(result.model.noise));
  out["signal_error"] = to_numpy(std::move(result.model.signal_error));
  out["noise_error"] = to_numpy(std::move(result.model.noise_error));
  out["signal_b"] = result.model.signal_b;
  out["noise_b"] = result.model.noise_b;
  out["ideal"] = to_numpy(std::move(result.ideal));
  out["scale"] = to_numpy(std::move(scale));
  out["factors"] = std::move(result.factors);
  out["fall_off_b"] = result.fall_off.b;
  out["fall_off_b_error"] = result.fall_off.standard_error;
  out["overall_b"] = result.overall_b;
  out["d_min"] = result.d_min;
  out["resolution_0143"] = result.resolution_0143;
  out["resolution_05"] = result.resolution_05;
  out["randomised_from"] = result.randomised_from;
  out["guinier_slope"] = result.guinier.slope;
  out["guinier_intercept"] = result.guinier.intercept;
  out["guinier_correlation"] = result.guinier.correlation;
  out["guinier_d_low"] = result.guinier.d_low;
  out["guinier_d_high"] = result.guinier.d_high;
  out["guinier_n_shells"] = result.guinier.n_shells;
  out["mask_fraction"] = result.mask_moments.mean;
  out["independent_fraction"] = result.mask_moments.independent_fraction();
  out["molecule_fraction"] = result.molecular_mask.molecule_fraction;
  out["mask_is_trustworthy"] = result.molecular_mask.is_trustworthy;
  out["local"] = py::none();
  if (local) out["local"] = named_local_filter(std::move(result.local));
  return out;
}

}  // namespace

void bind_half_maps(py::module_& m) {
  m.def(
      "finest_spacing",
      [](const Shape& shape, const CellParameters& cell, double resolution) {
        return finest_spacing(Grid(shape, to_cell(cell)), resolution);
      },
      "shape"_a, "cell"_a, "resolution"_a,
      "Finest spacing kept (Å) of a map of this shape (nz, ny, nx) and cell.");
  m.def("sharpen_half_maps", &sharpen, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "full"_a.noconvert(), "mask"_a.noconvert(), "cell"_a, "resolution"_a,
        "anisotropic"_a = true, "n_shells"_a = 0, "ideal"_a = "protein",
        "mask_choice"_a = "automatic", "randomise_beyond"_a = 0.0, "taper_edges"_a = true,
        "output_scale"_a = 1.0, "guinier_d_low"_a = HalfMapOptions{}.guinier_d_low,
        "seed"_a = 0, "local"_a = false, "core_points"_a = 0, "n_windows"_a = 0,
        "n_window_shells"_a = 0, "filter_windows"_a = py::none(), "sharpen_halves"_a = true,
        "new_array"_a = py::none(), "threads"_a = 0, "progress"_a = py::none(), kDoc);
}

}  // namespace map_sharpening::python
