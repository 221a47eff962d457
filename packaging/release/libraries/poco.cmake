# SPDX-License-Identifier: Apache-2.0
# Compiles Poco's C++ files twelve at a time (CMake's unity build): one by one, reading the headers takes nine tenths of the time.
# CMake reads this file at Poco's project() (CMAKE_PROJECT_Poco_INCLUDE).
set(CMAKE_UNITY_BUILD ON)
# Many files have a static variable "sh". CMake defines this name anew before each file.
set(CMAKE_UNITY_BUILD_UNIQUE_ID sh)

# The files that the product links, joined with each other only. Joined with others they would bring in those, and what
# they need, and all that these initialise at each start: 60 kB. A name too few or too many there costs bytes, no more.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/poco-needed.txt poco_needed)
# These define what others define, too. So do C files: the headers of zlib and PCRE cannot be read twice.
set(poco_twins Base64Decoder NamedMutex RSACipherImpl SHA1Engine)

function(poco_join target)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(TRANSFORM sources PREPEND "${folder}/" REGEX "^[^/]")
  set(needed 0)
  set(rest 0)
  foreach(source IN LISTS sources)
    cmake_path(GET source STEM name)
    if(name IN_LIST poco_twins)
      continue()
    elseif(name IN_LIST poco_needed)
      set(kind needed)
    else()
      set(kind rest)
    endif()
    math(EXPR group "${${kind}} / 12")
    math(EXPR ${kind} "${${kind}} + 1")
    set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${kind}_${group})
  endforeach()
endfunction()

function(poco_join_all)
  foreach(target IN ITEMS Foundation Net)
    poco_join(${target})
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  endforeach()
endfunction()
cmake_language(DEFER CALL poco_join_all)
