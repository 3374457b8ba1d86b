// Includes the FFT library, pocketfft (a dependency: see FindPocketFFT.cmake), for files that
// are compiled once per instruction set.
//
// Its templates must not be shared between the sets (a linker would keep one copy, perhaps one
// that this processor can't run), so its namespace is renamed.
#pragma once

#ifndef MAP_SHARPENING_SIMD_LEVEL
#error "compile with -DMAP_SHARPENING_SIMD_LEVEL=baseline or avx2"
#endif
#define MAP_SHARPENING_JOIN_(a, b) a##b
#define MAP_SHARPENING_JOIN(a, b) MAP_SHARPENING_JOIN_(a, b)

#define POCKETFFT_NO_MULTITHREADING
#define POCKETFFT_CACHE_SIZE 16
#define pocketfft MAP_SHARPENING_JOIN(pocketfft_, MAP_SHARPENING_SIMD_LEVEL)
#include MAP_SHARPENING_POCKETFFT_HEADER
