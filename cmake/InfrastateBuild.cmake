# SPDX-License-Identifier: Apache-2.0
# Compiler settings of every target, and the function that declares one layer of the core.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(INFRASTATE_CCACHE ccache)
if(INFRASTATE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache must ignore these to work with precompiled headers; no source here uses the time. The list of
  # files from the compiler is enough: without preprocessing, an object takes a sixth less time.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${INFRASTATE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${INFRASTATE_CCACHE})
endif()

add_library(infrastate_options INTERFACE)
target_compile_options(infrastate_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
    -Wextra-semi -Wcast-qual>
  # When it optimises, gcc 12 reports an overlap in std::string that does not exist (GCC bug 105651).
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>
  $<$<BOOL:${INFRASTATE_WERROR}>:-Werror>)
if(NOT INFRASTATE_SANITIZE STREQUAL "")
  target_compile_options(infrastate_options INTERFACE
    -fsanitize=${INFRASTATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(infrastate_options INTERFACE -fsanitize=${INFRASTATE_SANITIZE})
else()
  target_compile_options(infrastate_options INTERFACE -fstack-protector-strong)
  target_compile_definitions(infrastate_options INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  target_link_options(infrastate_options INTERFACE -Wl,-z,relro -Wl,-z,now)
endif()

# infrastate_layer(NAME SOURCES... DEPENDS...): makes the static library infrastate_NAME with its headers
# in include/infrastate/NAME. DEPENDS names other layers (public) and outside targets (private).
function(infrastate_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(infrastate_${name} STATIC ${ARG_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(infrastate_${name} PRIVATE infrastate_options)
    infrastate_precompiled(infrastate_${name})
    target_compile_features(infrastate_${name} PUBLIC cxx_std_20)
  else()
    add_library(infrastate_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(infrastate_${name} ${scope} ${PROJECT_SOURCE_DIR}/include)
  foreach(layer IN LISTS ARG_DEPENDS)
    target_link_libraries(infrastate_${name} ${scope} infrastate_${layer})
  endforeach()
  if(ARG_LINKS)
    target_link_libraries(infrastate_${name} PRIVATE ${ARG_LINKS})
  endif()
endfunction()
