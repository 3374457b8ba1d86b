# Finds pocketfft's one C++ header, used to build the library and not needed afterwards.
#
# Looked for, in this order: POCKETFFT_INCLUDE_DIR (CMake or environment); a header on the machine, also as part of
# gemmi; the pythran wheel of the Python interpreter that builds the package; with
# MAP_SHARPENING_FETCH_POCKETFFT, its repository.
# Defines POCKETFFT_HEADER, the file's full path.

find_file(POCKETFFT_HEADER
  NAMES pocketfft_hdronly.h pocketfft.hpp
        gemmi/third_party/pocketfft_hdronly.h
  HINTS ${POCKETFFT_INCLUDE_DIR} $ENV{POCKETFFT_INCLUDE_DIR}
  DOC "pocketfft's C++ header")

if(NOT POCKETFFT_HEADER)
  find_package(Python3 QUIET COMPONENTS Interpreter)
  foreach(interpreter IN ITEMS ${Python_EXECUTABLE} ${PYTHON_EXECUTABLE} ${Python3_EXECUTABLE})
    execute_process(
      COMMAND ${interpreter} -c
        "import importlib.util as u; print(next(iter(u.find_spec('pythran').submodule_search_locations)))"
      OUTPUT_VARIABLE pythran_folder
      RESULT_VARIABLE failed
      OUTPUT_STRIP_TRAILING_WHITESPACE
      ERROR_QUIET)
    if(NOT failed)
      # Its build environment may be gone at the next configuration: not cached.
      find_file(pocketfft_of_pythran pocketfft.hpp
        PATHS ${pythran_folder}/pythonic/numpy/fft NO_DEFAULT_PATH NO_CACHE)
      if(pocketfft_of_pythran)
        set(POCKETFFT_HEADER ${pocketfft_of_pythran})
        break()
      endif()
    endif()
  endforeach()
endif()

if(NOT POCKETFFT_HEADER AND MAP_SHARPENING_FETCH_POCKETFFT)
  include(FetchContent)
  FetchContent_Declare(pocketfft
    GIT_REPOSITORY https://github.com/mreineck/pocketfft.git
    GIT_TAG 0fa0ef591e38c2758e3184c6c23e497b9f732ffa)  # branch cpp, 2024-11-30
  FetchContent_MakeAvailable(pocketfft)
  find_file(POCKETFFT_HEADER pocketfft_hdronly.h PATHS ${pocketfft_SOURCE_DIR} NO_DEFAULT_PATH)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PocketFFT
  REQUIRED_VARS POCKETFFT_HEADER
  REASON_FAILURE_MESSAGE
  "pocketfft's header was not found: 'pip install pythran' has one, or name its folder with -DPOCKETFFT_INCLUDE_DIR, or fetch it with -DMAP_SHARPENING_FETCH_POCKETFFT=ON")
