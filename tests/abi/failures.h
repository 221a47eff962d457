/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the C programs of these tests say what failed: a line on standard output, and a count that
 * their exit code tells. For one source file a program.
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
