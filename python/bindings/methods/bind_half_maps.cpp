// Python names for half_maps.hpp.
#include <optional>

#include "map_sharpening/half_maps.hpp"
#include "numpy_views.hpp"
#include "struct_fields.hpp"

namespace map_sharpening::python {
namespace {

constexpr const char* kFallOffDoc =
    R"(Straight line through ln(sqrt(signal) / ideal) against s².

From 10 Å (or 2.5 times the finest resolution, if that is coarser) to where the signal is lost
in noise; see power_model.hpp.

Parameters
----------
signal, noise : ndarray, shape (n_shells,), float64
    Power per term, by shell.
width : float
    1/Å, of a shell.
)";

constexpr const char* kHalfMapsDoc =
    R"(Shell sharpening of two half maps, global or local; see half_maps.hpp.

Parameters
----------
full : ndarray or None
    Map to sharpen; None: the mean of the halves.
mask
    In for MaskChoice.given; otherwise overwritten with the weights that were used.
filter_windows : callable or None
    Does the work of `filter_windows` for all layers, perhaps on other machines: called with
    half_1, half_2, full, sharpened, sharpened_half_1, sharpened_half_2 (arrays that live as
    long as the call; outputs may be the memory of inputs), expected and options. It fills the
    outputs and returns an object with the attributes of LocalFilter.
sharpen_halves : bool
    Also return both sharpened half maps.

Raises
------
UnusableDataError
    If the maps hold nothing to fit.
)";

constexpr const char* kRunResolutionDoc =
    R"(Resolution (Å) at which two half maps' FSC falls to 0.143; see half_maps.hpp.

Arguments and errors are those of sharpen_half_maps; options.resolution has no effect, and
new_array makes what is worked in.
)";

struct SharpenedHalfMaps {
  Array<float> sharpened;
  std::optional<Array<float>> half_1, half_2;
  HalfMapFindings found;
};

// An attribute of what `filter_windows` returned. An error of the attribute itself reaches the
// caller as it is.
Array<double> numbers_of(const py::object& told, const char* name) {
  const auto refusal = [&] {
    return "filter_windows returned an object of type " +
           std::string(py::str(py::type::of(told).attr("__name__"))) + " without numbers " +
           name + "; expected the attributes of LocalFilter";
  };
  const auto refuse_if = [&](py::error_already_set& error, bool is_ours) {
    if (is_ours) {
      py::raise_from(error, PyExc_TypeError, refusal().c_str());
      throw py::error_already_set();
    }
  };
  py::object value;
  try {
    value = told.attr(name);
  } catch (py::error_already_set& error) {
    refuse_if(error, error.matches(PyExc_AttributeError));
    throw;
  }
  if (value.is_none()) throw py::type_error(refusal() + ", but it is None");
  try {
    return Array<double>(value);
  } catch (py::error_already_set& error) {
    refuse_if(error, error.matches(PyExc_TypeError) || error.matches(PyExc_ValueError));
    throw;
  }
}

// What Python is asked to do in the place of `filter_locally`; it holds the GIL meanwhile.
WindowFilter filter_by(const py::object& function, double resolution) {
  return [&function, resolution](const LocalMaps& maps, const Grid& grid,
                                 const SharpenedPower& expected, const LocalOptions& options) {
    const py::gil_scoped_acquire lock;
    py::dict arguments;
    arguments["half_1"] = borrowed(maps.half_1);
    arguments["half_2"] = borrowed(maps.half_2);
    arguments["full"] = borrowed_if_any(maps.full);
    arguments["sharpened"] = borrowed(maps.sharpened);
    arguments["sharpened_half_1"] = borrowed_if_any(maps.sharpened_half_1);
    arguments["sharpened_half_2"] = borrowed_if_any(maps.sharpened_half_2);
    arguments["expected"] = expected;
    arguments["options"] = options;
    const py::object told = function(**arguments);
    LocalFilter found;
    found.lattice = window_lattice(grid, resolution, options);
    const auto values = [&](const char* name) {
      const auto array = numbers_of(told, name);
      if (static_cast<std::size_t>(array.size()) != found.lattice.size())
        throw py::value_error(std::string(name) + " has " + std::to_string(array.size()) +
                              " values for " + std::to_string(found.lattice.size()) +
                              " windows");
      return values_of(array, name);
    };
    found.signal_scale = values("signal_scale");
    found.excess_b = values("excess_b");
    found.noise_scale = values("noise_scale");
    found.gain = values("gain");
    found.resolution = values("resolution");
    return found;
  };
}

AgreedResolution find_resolution(const Array<float>& half_1, const Array<float>& half_2,
                                 Array<float>& mask, const CellParameters& cell,
                                 HalfMapOptions options, const py::object& new_array,
                                 const py::object& progress) {
  HalfMaps maps;
  maps.half_1 = readable(half_1, "half_1");
  maps.half_2 = readable(half_2, "half_2");
  maps.mask = writable(mask, "mask");
  const auto work = work_arrays(maps, new_array);
  options.progress = told_to<const std::string&, double>(progress);
  py::gil_scoped_release unlock;
  return resolution_of_half_maps(maps, to_cell(cell), options);
}

SharpenedHalfMaps sharpen(const Array<float>& half_1, const Array<float>& half_2,
                          std::optional<Array<float>> full, Array<float>& mask,
                          const CellParameters& cell, HalfMapOptions options,
                          const py::object& filter_windows, bool sharpen_halves,
                          const py::object& new_array, const py::object& progress) {
  SharpenedHalfMaps out;
  HalfMaps maps;
  maps.half_1 = readable(half_1, "half_1");
  maps.half_2 = readable(half_2, "half_2");
  if (full) maps.full = readable(*full, "full");
  maps.mask = writable(mask, "mask");
  const auto new_map = [&] { return made_by<float>(new_array, maps.half_1.shape); };
  out.sharpened = new_map();
  maps.sharpened = writable(out.sharpened, "sharpened");
  if (sharpen_halves) {
    out.half_1 = new_map();
    out.half_2 = new_map();
    maps.sharpened_half_1 = writable(*out.half_1, "sharpened_half_1");
    maps.sharpened_half_2 = writable(*out.half_2, "sharpened_half_2");
  }
  const auto work = work_arrays(maps, new_array);
  if (!filter_windows.is_none())
    options.filter_windows = filter_by(filter_windows, options.resolution);
  options.progress = told_to<const std::string&, double>(progress);
  out.found = without_gil([&] { return sharpen_half_maps(maps, to_cell(cell), options); });
  return out;
}

PowerModel radial_model(const Array<double>& signal, const Array<double>& noise,
                        double width) {
  PowerModel model;
  model.signal = values_of(signal, "signal");
  model.noise = values_of(noise, "noise");
  model.shells = {width, model.signal.size()};
  return model;
}

void bind_half_map_options(py::module_& m) {
  py::enum_<MaskChoice>(m, "MaskChoice", "Where the statistics are taken.")
      .value("automatic", MaskChoice::automatic, "A soft mask from where the halves agree.")
      .value("given", MaskChoice::given)
      .value("whole_box", MaskChoice::whole_box, "Everything, tapered at the faces.");
  options_class<HalfMapOptions>(m, "HalfMapOptions",
                                "What can be chosen for the method; see half_maps.hpp.");
}

void bind_parts_of_findings(py::module_& m) {
  py::class_<GuinierLine>(m, "GuinierLine", "Line through ln(rms amplitude) against s².")
      .def_readonly("slope", &GuinierLine::slope)
      .def_readonly("intercept", &GuinierLine::intercept)
      .def_readonly("correlation", &GuinierLine::correlation)
      .def_readonly("d_low", &GuinierLine::d_low, "Å.")
      .def_readonly("d_high", &GuinierLine::d_high, "Å.")
      .def_readonly("n_shells", &GuinierLine::n_shells, "0: not fitted.");
  py::class_<FallOff>(m, "FallOff", "Fall-off of the signal against an ideal curve.")
      .def_readonly("b", &FallOff::b, "Å².")
      .def_readonly("standard_error", &FallOff::standard_error, "Å².");
  py::class_<PowerModel>(m, "PowerModel", "Smooth power of signal and noise by shell.")
      .def_property_readonly("signal", array_of(&PowerModel::signal))
      .def_property_readonly("noise", array_of(&PowerModel::noise))
      .def_property_readonly("signal_error", array_of(&PowerModel::signal_error), "Relative.")
      .def_property_readonly("noise_error", array_of(&PowerModel::noise_error), "Relative.")
      .def_readonly("signal_b", &PowerModel::signal_b)
      .def_readonly("noise_b", &PowerModel::noise_b);
  m.def(
      "fit_fall_off",
      [](const Array<double>& signal, const Array<double>& noise, double width,
         IdealCurve curve) { return fit_fall_off(radial_model(signal, noise, width), curve); },
      "signal"_a, "noise"_a, "width"_a, "curve"_a, kFallOffDoc);
  m.def(
      "fit_as_other_kind",
      [](const Array<double>& signal, const Array<double>& noise, double width,
         double resolution, IdealCurve given, IdealCurve other) {
        return fit_as_other_kind(radial_model(signal, noise, width), resolution, given, other);
      },
      "signal"_a, "noise"_a, "width"_a, "resolution"_a, "given"_a, "other"_a,
      "Standard error of the line of `other` over that of `given`; None if neither tells.");
  py::class_<MaskMoments>(m, "MaskMoments", "Means of a mask's powers.")
      .def_readonly("mean", &MaskMoments::mean)
      .def_readonly("mean_square", &MaskMoments::mean_square);
}

void bind_findings(py::module_& m) {
  using Found = HalfMapFindings;
  result_class<Found>(m, "HalfMapFindings",
                      "All that was measured; NaN in empty shells. See half_maps.hpp.")
      .def_property_readonly(
          "shell_width", [](const Found& found) { return found.shells.width; }, "1/Å.")
      .def_property_readonly(
          "flattening",
          [](const Found& found) {
            return found.flattening.gain.empty() ? std::nullopt
                                                 : std::make_optional(found.flattening);
          },
          "That the halves had while masked; None: they were masked as they are.");
  py::class_<SharpenedHalfMaps>(m, "SharpenedHalfMaps", "Maps, and what was measured.")
      .def_readonly("sharpened", &SharpenedHalfMaps::sharpened)
      .def_readonly("half_1", &SharpenedHalfMaps::half_1, "None unless asked for.")
      .def_readonly("half_2", &SharpenedHalfMaps::half_2, "None unless asked for.")
      .def_readonly("found", &SharpenedHalfMaps::found);
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
  bind_half_map_options(m);
  bind_parts_of_findings(m);
  bind_findings(m);
  py::class_<AgreedResolution>(m, "AgreedResolution", "Where half maps' FSC falls to 0.143.")
      .def_readonly("resolution", &AgreedResolution::resolution, "Å.")
      .def_readonly("is_crossing", &AgreedResolution::is_crossing,
                    "False: the FSC stays above 0.143 to the Nyquist limit.")
      .def_readonly("is_stable", &AgreedResolution::is_stable,
                    "Its mask gives this resolution again.")
      .def_readonly("tried", &AgreedResolution::tried, "Å, that masks were made for.");
  m.def("resolution_of_half_maps", &find_resolution, "half_1"_a.noconvert(),
        "half_2"_a.noconvert(), "mask"_a.noconvert(), "cell"_a, "options"_a,
        "new_array"_a = py::none(), "progress"_a = py::none(), kRunResolutionDoc);
  m.def("sharpen_half_maps", &sharpen, "half_1"_a.noconvert(), "half_2"_a.noconvert(),
        "full"_a.noconvert(), "mask"_a.noconvert(), "cell"_a, "options"_a,
        "filter_windows"_a = py::none(), "sharpen_halves"_a = true, "new_array"_a = py::none(),
        "progress"_a = py::none(), kHalfMapsDoc);
}

}  // namespace map_sharpening::python
