// Python attributes of structs that list their fields (`visit`).
#pragma once

#include <type_traits>
#include <vector>

#include "numpy_views.hpp"

namespace map_sharpening::python {

/// A class with the struct's defaults, made of keywords; its fields readable and writable.
template <class Options>
py::class_<Options> options_class(py::module_& m, const char* name, const char* doc) {
  py::class_<Options> options(m, name, doc);
  options.def(py::init([](const py::kwargs& values) {
    const py::object made = py::cast(Options());
    for (const auto& [field, value] : values) py::setattr(made, field, value);
    return made.cast<Options>();
  }));
  Options::visit(
      [&](const char* field, auto member) { options.def_readwrite(field, member); });
  return options;
}

/// Pickles the fields, for workers.
template <class Options>
auto pickled_fields() {
  return py::pickle(
      [](const Options& options) {
        NamedValues state;
        Options::visit(
            [&](const char* field, auto member) { state[field] = options.*member; });
        return state;
      },
      [](const NamedValues& state) {
        Options options;
        Options::visit([&](const char* field, auto member) {
          auto& value = options.*member;
          value = state[field].template cast<std::remove_reference_t<decltype(value)>>();
        });
        return options;
      });
}

/// A class without constructor, its fields readable; vectors of numbers become arrays.
template <class Found>
py::class_<Found> result_class(py::module_& m, const char* name, const char* doc) {
  py::class_<Found> found(m, name, doc);
  Found::visit([&](const char* field, auto member) {
    if constexpr (std::is_same_v<decltype(member), std::vector<double> Found::*>)
      found.def_property_readonly(field, array_of(member));
    else
      found.def_readonly(field, member);
  });
  return found;
}

}  // namespace map_sharpening::python
