# headroom_static_zmq(TARGET): links libzmq and libsodium into a program instead of loading them and the two dozen
# libraries behind them, where the static ones are there and fit together. Else the program loads the shared ones.
find_library(ZMQ_ARCHIVE libzmq.a)
find_library(SODIUM_ARCHIVE libsodium.a)
find_library(BSD_ARCHIVE libbsd.a)  # where the C library has no strlcpy
find_library(MD_ARCHIVE libmd.a)
option(HEADROOM_STATIC_ZMQ "Link libzmq into the agent" ON)

set(HEADROOM_ZMQ_ARCHIVES ${ZMQ_ARCHIVE} ${SODIUM_ARCHIVE})
foreach(archive IN ITEMS ${BSD_ARCHIVE} ${MD_ARCHIVE})
  if(archive)
    list(APPEND HEADROOM_ZMQ_ARCHIVES ${archive})
  endif()
endforeach()

# mold takes a symbol from the first file on its command line that has it, so the shared library behind is not needed.
if(HEADROOM_STATIC_ZMQ AND ZMQ_ARCHIVE AND SODIUM_ARCHIVE AND HEADROOM_MOLD AND NOT HEADROOM_SANITIZE)
  try_compile(HEADROOM_ZMQ_ARCHIVE_LINKS ${CMAKE_BINARY_DIR}/static_zmq
    SOURCES ${CMAKE_SOURCE_DIR}/cmake/static_zmq_probe.cpp ${CMAKE_SOURCE_DIR}/agent/absent_transports.cpp
    LINK_LIBRARIES ${HEADROOM_ZMQ_ARCHIVES} Threads::Threads
    LINK_OPTIONS -fuse-ld=mold)
endif()
if(HEADROOM_ZMQ_ARCHIVE_LINKS)
  message(STATUS "libzmq is linked into the agent")
else()
  message(STATUS "libzmq is loaded by the agent")
endif()

function(headroom_static_zmq target)
  if(NOT HEADROOM_ZMQ_ARCHIVE_LINKS)
    return()
  endif()
  target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/agent/absent_transports.cpp)
  # Before the libraries that name the shared one.
  target_link_options(${target} PRIVATE ${HEADROOM_ZMQ_ARCHIVES} -Wl,--as-needed -Wl,--gc-sections)
endfunction()
