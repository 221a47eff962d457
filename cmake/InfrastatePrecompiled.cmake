# SPDX-License-Identifier: Apache-2.0
# Precompiled headers: the standard library's for the layers, CppUnit's beside them for tests. Only
# headers from outside this project, so that a change here compiles what it compiled before. Builds
# without them (preset release) find an include that a file forgot.
option(INFRASTATE_PCH "Precompile the headers of the standard library and CppUnit" OFF)

set(INFRASTATE_STANDARD_HEADERS
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstdlib> <cstring> <exception>
  <functional> <initializer_list> <limits> <map> <memory> <mutex> <new> <optional> <set> <string>
  <string_view> <system_error> <type_traits> <utility> <variant> <vector>)
set(precompiled_sources ${CMAKE_CURRENT_LIST_DIR}/precompiled)

if(INFRASTATE_PCH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>) # or ccache cannot follow
  endif()
  # Poco's users define these before the C library's headers, and a precompiled header serves only
  # those who define what it was made with.
  get_target_property(poco_definitions Poco::Foundation INTERFACE_COMPILE_DEFINITIONS)
  add_compile_definitions(${poco_definitions})
  add_library(infrastate_precompiled OBJECT ${precompiled_sources}/library.cpp)
  target_link_libraries(infrastate_precompiled PRIVATE infrastate_options)
  target_precompile_headers(infrastate_precompiled PRIVATE ${INFRASTATE_STANDARD_HEADERS})
endif()

# infrastate_precompiled(TARGET): a library that uses the precompiled standard headers.
function(infrastate_precompiled target)
  if(INFRASTATE_PCH)
    target_precompile_headers(${target} REUSE_FROM infrastate_precompiled)
  endif()
endfunction()

# Tests are compiled once and run for seconds: without optimising they are there in half the time.
# What they test is compiled as everywhere. (_FORTIFY_SOURCE wants an optimiser.)
set(INFRASTATE_TEST_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O0;-g1;-U_FORTIFY_SOURCE>)

# infrastate_precompiled_tests(TARGET...): test programs that use those of CppUnit, too. A program
# of its own makes them, since programs and libraries are compiled with different options.
function(infrastate_precompiled_tests)
  foreach(target IN LISTS ARGV)
    target_compile_options(${target} PRIVATE ${INFRASTATE_TEST_OPTIONS})
  endforeach()
  if(NOT INFRASTATE_PCH)
    return()
  endif()
  if(NOT TARGET infrastate_precompiled_cppunit)
    add_executable(infrastate_precompiled_cppunit ${precompiled_sources}/program.cpp)
    target_link_libraries(infrastate_precompiled_cppunit PRIVATE infrastate_options PkgConfig::CPPUNIT)
    target_compile_options(infrastate_precompiled_cppunit PRIVATE ${INFRASTATE_TEST_OPTIONS})
    target_precompile_headers(infrastate_precompiled_cppunit PRIVATE ${INFRASTATE_STANDARD_HEADERS}
      <filesystem> <fstream> <iostream> <sstream> <thread> <cppunit/extensions/HelperMacros.h>)
  endif()
  foreach(target IN LISTS ARGV)
    target_precompile_headers(${target} REUSE_FROM infrastate_precompiled_cppunit)
  endforeach()
endfunction()
