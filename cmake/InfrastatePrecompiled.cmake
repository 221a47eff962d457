# SPDX-License-Identifier: Apache-2.0
# Precompiled headers: the standard library's for the layers, and CppUnit's, too, for tests. They contain
# only headers from outside this project, so that a change here does not recompile everything. Builds
# without them (preset release) find an include that a file forgot.
option(INFRASTATE_PCH "Precompile the headers of the standard library and CppUnit" OFF)

set(INFRASTATE_STANDARD_HEADERS
  <algorithm> <array> <cerrno> <charconv> <chrono> <cstdint> <cstdlib> <cstring> <exception>
  <functional> <initializer_list> <limits> <map> <memory> <mutex> <new> <optional> <set> <string>
  <string_view> <system_error> <type_traits> <utility> <variant> <vector>)
set(INFRASTATE_PROGRAM_HEADERS <filesystem> <fstream> <iostream> <sstream> <thread>)
set(precompiled_sources ${CMAKE_CURRENT_LIST_DIR}/precompiled)

if(INFRASTATE_PCH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>) # else ccache cannot follow
  endif()
  # Poco's users define these before the C library's headers. A precompiled header can be used only with
  # the definitions that it was made with.
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

# Tests are compiled once and run for seconds: without optimising they compile in half the time. The code
# under test is compiled as everywhere. (_FORTIFY_SOURCE needs an optimiser.)
set(INFRASTATE_TEST_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O0;-g1;-U_FORTIFY_SOURCE>)

# infrastate_precompiled_tests(TARGET...): test programs that use CppUnit's headers, too. A separate
# program makes them, because programs and libraries are compiled with different options.
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
      ${INFRASTATE_PROGRAM_HEADERS} <cppunit/extensions/HelperMacros.h>)
  endif()
  foreach(target IN LISTS ARGV)
    target_precompile_headers(${target} REUSE_FROM infrastate_precompiled_cppunit)
  endforeach()
endfunction()
