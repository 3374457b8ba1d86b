# No function that other objects may share is compiled with the instructions of one set.
#
# A linker keeps one copy of each inline function and template of the standard library, from
# any object.  Were it the copy in an object for AVX, a program would stop on a processor
# without it.  So these copies may not hold vector instructions: neither in functions that
# the baseline has as well, nor in others.
#   cmake -D NM=nm -D OBJDUMP=objdump -D OBJECTS=a.o,b.o -P check_foreign_symbols.cmake
string(REPLACE "," ";" OBJECTS "${OBJECTS}")
set(found)
set(n_looked_at 0)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} --defined-only ${object}
    OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${NM} failed on ${object}")
  endif()
  string(REGEX MATCHALL "[^\n]* W [^\n]*" weak "${symbols}")
  foreach(line IN LISTS weak)
    string(REGEX REPLACE ".* W " "" symbol "${line}")
    if(symbol MATCHES "pocketfft_(baseline|avx2|avx512)|14map_sharpening[0-9]+(baseline|avx2|avx512)")
      continue()
    endif()
    # Constructors and destructors of two kinds share one body, shown under one of the names.
    string(REGEX REPLACE "([CD])1E" "\\12E" base_object "${symbol}")
    string(REGEX REPLACE "([CD])2E" "\\11E" complete_object "${symbol}")
    set(code)
    foreach(name IN ITEMS ${symbol} ${base_object} ${complete_object})
      if(NOT code MATCHES "<${name}>:")
        execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn --disassemble=${name} ${object}
          OUTPUT_VARIABLE shown)
        string(APPEND code "${shown}")
      endif()
    endforeach()
    if(NOT code MATCHES ">:\n")
      message(FATAL_ERROR "${OBJDUMP} does not show ${symbol} of ${object}")
    endif()
    math(EXPR n_looked_at "${n_looked_at} + 1")
    if(code MATCHES "%[xyz]mm[0-9]|%k[0-7]|\tv[a-z]")
      string(APPEND found "\n  ${symbol} in ${object}")
    endif()
  endforeach()
endforeach()
if(found)
  message(FATAL_ERROR "shared functions hold vector instructions:${found}")
endif()
message(STATUS "${n_looked_at} shared functions hold no vector instructions")
