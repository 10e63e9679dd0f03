# Compiler flags, sanitizers and where binaries land.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Optimised builds keep line tables only: full debug information doubles the time to link.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")

add_library(headroom_warnings INTERFACE)
target_compile_options(headroom_warnings INTERFACE -Wall -Wextra -Wconversion -Werror)
# The build folder's place must not show in binaries.
target_compile_options(headroom_warnings INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)

set(HEADROOM_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined or thread")
if(HEADROOM_SANITIZE)
  add_compile_options(-fsanitize=${HEADROOM_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HEADROOM_SANITIZE})
  if(HEADROOM_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(HEADROOM_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # Asio uses fences, which the thread sanitizer only partly sees.
  endif()
endif()

if(HEADROOM_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "HEADROOM_FUZZ needs clang: set CXX=clang++-19 in a new build folder")
  endif()
  # What is fuzzed must count its branches, not only the fuzzer itself.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined)
  # clang does not take it from libstdc++'s own std::stable_sort.
  add_compile_options(-Wno-error=deprecated-declarations)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(HEADROOM_CCACHE ccache)
if(HEADROOM_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HEADROOM_CCACHE})
endif()
find_program(HEADROOM_MOLD mold)
if(HEADROOM_MOLD AND NOT HEADROOM_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()
