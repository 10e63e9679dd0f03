# headroom_library(NAME SOURCES … LINKS …): one folder, one static library. The links are the arrows of the
# architecture; tests/arrows.py checks that no include runs against them.
function(headroom_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE headroom_warnings)
endfunction()

function(headroom_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} headroom_warnings)
endfunction()
