// Numbers side by side, for files that are compiled once per instruction set.
//
// In a namespace without a name: a linker must not share it between the sets.
#pragma once

#include <cstddef>
#include <cstring>

#ifndef MAP_SHARPENING_SIMD_LEVEL
#error "compile with -DMAP_SHARPENING_SIMD_LEVEL=baseline or avx2"
#endif

namespace map_sharpening {
namespace MAP_SHARPENING_SIMD_LEVEL {
namespace {

using std::size_t;

constexpr size_t kLanes = 8;

#if defined(__GNUC__)
#ifdef __AVX2__
constexpr size_t kRegisterBytes = 32;
#else
constexpr size_t kRegisterBytes = 16;
#endif
typedef float Register __attribute__((vector_size(kRegisterBytes)));
#else
using Register = float;
#endif

// So many values, a multiple of eight, side by side in registers.
template <size_t kCount>
struct Values {
  static constexpr size_t kRegisters = kCount * sizeof(float) / sizeof(Register);
  Register part[kRegisters];

  Values() = default;
  Values(float value) {  // as pocketfft and formulas mix them
    for (Register& p : part) p = Register{} + value;
  }
  explicit Values(const float* from) { std::memcpy(part, from, sizeof part); }
  void store(float* to) const { std::memcpy(to, part, sizeof part); }

  // Eight of them.
  void set(size_t place, const float* from) {
    std::memcpy(reinterpret_cast<float*>(part) + place * kLanes, from, kLanes * sizeof(float));
  }
  void get(size_t place, float* to) const {
    std::memcpy(to, reinterpret_cast<const float*>(part) + place * kLanes,
                kLanes * sizeof(float));
  }

  void raise_to(const Values& other) {
    for (size_t i = 0; i < kRegisters; ++i)
      part[i] = other.part[i] > part[i] ? other.part[i] : part[i];
  }

  Values& operator+=(const Values& other) { return *this = *this + other; }
  Values& operator-=(const Values& other) { return *this = *this - other; }
  Values& operator*=(float factor) { return *this = *this * factor; }
  friend Values operator+(const Values& a, const Values& b) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = a.part[i] + b.part[i];
    return out;
  }
  friend Values operator-(const Values& a, const Values& b) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = a.part[i] - b.part[i];
    return out;
  }
  friend Values operator*(const Values& a, const Values& b) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = a.part[i] * b.part[i];
    return out;
  }
  friend Values operator/(const Values& a, const Values& b) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = a.part[i] / b.part[i];
    return out;
  }
  friend Values operator*(const Values& a, float b) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = a.part[i] * b;
    return out;
  }
  friend Values operator*(float a, const Values& b) { return b * a; }
  friend Values operator-(const Values& a) {
    Values out;
    for (size_t i = 0; i < kRegisters; ++i) out.part[i] = -a.part[i];
    return out;
  }
};

}  // namespace
}  // namespace MAP_SHARPENING_SIMD_LEVEL
}  // namespace map_sharpening
