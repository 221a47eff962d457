# SPDX-License-Identifier: Apache-2.0
# Gives all files of a package the time of the release. rpmbuild itself only clamps later ones, and a file out of a cache
# may be older.
execute_process(
  COMMAND find "${CPACK_TEMPORARY_DIRECTORY}" -exec touch --no-dereference --date "@$ENV{SOURCE_DATE_EPOCH}" {} +
  COMMAND_ERROR_IS_FATAL ANY)
