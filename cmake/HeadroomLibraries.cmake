# Every outside library, each as one imported target. All are in Debian 12 and 13.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(zmq REQUIRED IMPORTED_TARGET libzmq)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
find_program(FLATC flatc REQUIRED)

# Debian 12 names yaml-cpp's target without a namespace, Debian 13 with one.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Asio is headers only and ships no CMake package.
find_path(ASIO_INCLUDE asio.hpp REQUIRED)
add_library(headroom_asio INTERFACE)
target_compile_definitions(headroom_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(headroom_asio INTERFACE Threads::Threads)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
