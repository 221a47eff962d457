# SPDX-License-Identifier: Apache-2.0
# Finds Poco, OpenSSL, c-ares and CppUnit, or builds Poco statically from POCO_SOURCE_DIR.
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.17)
find_package(Threads REQUIRED)

if(POCO_SOURCE_DIR)
  include(PocoFromSource)
else()
  # No JSON from Poco: the product reads and writes it by itself (docs/adr/0032).
  # No TLS either: it calls OpenSSL itself (docs/adr/0152).
  find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Net)
  if(INFRASTATE_SIMULATOR)
    find_package(Poco 1.11 REQUIRED COMPONENTS Crypto JSON NetSSL Util)
  endif()
endif()

if(INFRASTATE_TESTS)
  pkg_check_modules(CPPUNIT REQUIRED IMPORTED_TARGET cppunit)
endif()
