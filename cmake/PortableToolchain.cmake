# SPDX-License-Identifier: Apache-2.0
# The preset "portable": zig as the compiler, static libraries out of one prefix. scripts/release makes both and
# sets INFRASTATE_TOOLCHAIN (a folder with cc, c++, ar, ranlib and link for one target), INFRASTATE_PREFIX (with
# OpenSSL, c-ares and Poco for the same) and INFRASTATE_CPU.
foreach(name TOOLCHAIN PREFIX CPU)
  if(NOT DEFINED ENV{INFRASTATE_${name}})
    message(FATAL_ERROR "The preset \"portable\" is configured by scripts/release, which sets INFRASTATE_${name}")
  endif()
endforeach()
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $ENV{INFRASTATE_CPU})
set(CMAKE_C_COMPILER $ENV{INFRASTATE_TOOLCHAIN}/cc)
set(CMAKE_CXX_COMPILER $ENV{INFRASTATE_TOOLCHAIN}/c++)
set(CMAKE_AR $ENV{INFRASTATE_TOOLCHAIN}/ar)
set(CMAKE_RANLIB $ENV{INFRASTATE_TOOLCHAIN}/ranlib)
# zig's own way to the linker refuses flags that make a smaller file (docs/adr/0141).
set(link "$ENV{INFRASTATE_TOOLCHAIN}/link <FLAGS>")
set(CMAKE_CXX_LINK_EXECUTABLE "${link} <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
set(CMAKE_CXX_CREATE_SHARED_LIBRARY
  "${link} -shared <LINK_FLAGS> <SONAME_FLAG><TARGET_SONAME> -o <TARGET> <OBJECTS> <LINK_LIBRARIES>")

set(CMAKE_FIND_ROOT_PATH $ENV{INFRASTATE_PREFIX})
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
set(CMAKE_PREFIX_PATH $ENV{INFRASTATE_PREFIX})
set(ENV{PKG_CONFIG_LIBDIR} $ENV{INFRASTATE_PREFIX}/lib/pkgconfig)
set(OPENSSL_ROOT_DIR $ENV{INFRASTATE_PREFIX})
set(OPENSSL_USE_STATIC_LIBS TRUE)
# CMake need not link to learn what the compiler is. Where it does, zig must not compile its own libraries
# in another way than for the product.
set(CMAKE_C_FLAGS_INIT -Os)
set(CMAKE_CXX_FLAGS_INIT -Os)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_COMPILER_ID_TEST_FLAGS_FIRST -c)
set(CMAKE_CXX_COMPILER_ID_TEST_FLAGS_FIRST -c)
