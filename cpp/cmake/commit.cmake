# Run by each build, as a script: writes the header OUTPUT with MAP_SHARPENING_COMMIT, the commit
# that SOURCE is at, with "-dirty" (as of git describe) where tracked files were changed since;
# empty where the source came without git. A header that would say the same is left alone, so
# nothing is compiled then.
set(commit)
find_package(Git QUIET)
if(Git_FOUND AND EXISTS ${SOURCE}/.git)  # no repository around the source
  execute_process(
    COMMAND ${GIT_EXECUTABLE} rev-parse --short=10 HEAD
    WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE commit
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET)
  # Without locks: a build changes nothing in the repository.
  execute_process(
    COMMAND ${GIT_EXECUTABLE} --no-optional-locks status --porcelain --untracked-files=no
    WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE changes
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET)
  if(commit AND changes)
    string(APPEND commit "-dirty")
  endif()
endif()
set(text "#define MAP_SHARPENING_COMMIT \"${commit}\"\n")
set(present)
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} present)
endif()
if(NOT text STREQUAL present)
  file(WRITE ${OUTPUT} "${text}")
endif()
