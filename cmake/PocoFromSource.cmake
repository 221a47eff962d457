# SPDX-License-Identifier: Apache-2.0
# Builds statically the parts of Poco that are used, from the tree in POCO_SOURCE_DIR.
include(FetchContent)
# In the cache: older versions of Poco declare it as an option, which ignores plain variables.
set(BUILD_SHARED_LIBS OFF CACHE BOOL "" FORCE)
set(POCO_BUILD_SHARED OFF)
foreach(part ENCODINGS XML DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC MONGODB REDIS JWT
             ZIP PAGECOMPILER PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER APACHECONNECTOR
             PROMETHEUS PDF SEVENZIP CPPPARSER POCODOC TESTS SAMPLES)
  set(ENABLE_${part} OFF CACHE BOOL "" FORCE)
endforeach()
FetchContent_Declare(poco SOURCE_DIR ${POCO_SOURCE_DIR})
FetchContent_MakeAvailable(poco)
# Poco 1.14 sets the output folders for everybody; our programs stay in their folders.
foreach(kind ARCHIVE LIBRARY RUNTIME)
  unset(CMAKE_${kind}_OUTPUT_DIRECTORY CACHE)
endforeach()
# Our warnings do not apply to Poco's headers (FetchContent_Declare knows SYSTEM only from CMake 3.25
# on).
foreach(part Foundation JSON Util Net Crypto NetSSL)
  get_target_property(folders ${part} INTERFACE_INCLUDE_DIRECTORIES)
  set_target_properties(${part} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${folders}")
endforeach()
add_compile_definitions(POCO_STATIC POCO_UTIL_NO_XMLCONFIGURATION)
