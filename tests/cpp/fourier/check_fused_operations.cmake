# No fused multiply-add in the kernels: they round otherwise, and the sets would differ.
#   cmake -D OBJDUMP=objdump -D OBJECTS=a.o,b.o -P check_fused_operations.cmake
string(REPLACE "," ";" OBJECTS "${OBJECTS}")
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${object}
    OUTPUT_VARIABLE code RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR NOT code MATCHES "\tvmul")
    message(FATAL_ERROR "${OBJDUMP} shows no vector instructions in ${object}")
  endif()
  if(code MATCHES "\t(vfn?m(add|sub)[a-z0-9]*)")
    message(FATAL_ERROR "${object} holds ${CMAKE_MATCH_1}")
  endif()
endforeach()
message(STATUS "no fused multiply-add")
