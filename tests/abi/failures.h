/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the C programs of these tests report a failure: a line on standard output, and a count that
 * becomes the exit code. For programs with one source file.
 */
#ifndef INFRASTATE_TEST_FAILURES_H
#define INFRASTATE_TEST_FAILURES_H

#include <stdarg.h>
#include <stdio.h>

static int failures = 0;

static void fail(const char* form, ...) {
    va_list arguments;
    va_start(arguments, form);
    printf("FAILED ");
    vprintf(form, arguments);
    printf("\n");
    va_end(arguments);
    ++failures;
}

#endif
