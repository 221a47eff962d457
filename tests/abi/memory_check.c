/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fails the n-th allocation of a call, for every n (or every STEP-th): the call must answer, must
 * not leak, and must not leave a key whose secret is lost while it says that nothing was done.
 * usage: abi_memory_check describe|open|plan|apply|info|cancel STEP
 * To be run with GLIBC_TUNABLES=glibc.malloc.tcache_count=0: what the allocator keeps for each
 * thread counts as in use.
 */
#define _GNU_SOURCE
#include "infrastate.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* memory, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

static _Thread_local long left = 0; /* until the one that fails; 0: none does */
static _Thread_local int failed = 0;

static int this_one_fails(void) {
    if (left == 0 || --left != 0) return 0;
    failed = 1;
    errno = ENOMEM;
    return 1;
}

void* malloc(size_t size) {
    return this_one_fails() ? NULL : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
    return this_one_fails() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
    return this_one_fails() ? NULL : __libc_realloc(memory, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
    return this_one_fails() ? NULL : __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
    if (this_one_fails()) return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out == NULL ? ENOMEM : 0;
}

static int failures = 0;
static char config[4096];
static infrastate_client* client;

static infrastate_client* open_client(infrastate_result** result) {
    infrastate_client* made = NULL;
    infrastate_client_open(config, strlen(config), NULL, NULL, &made, result);
    return made;
}

static int has_key(const char* name) {
    char text[256];
    infrastate_result* result = NULL;
    static const char all[] = "{\"resource\":\"access_key\"}";
    int found = -1;
    if (infrastate_info(client, all, strlen(all), NULL, &result) == INFRASTATE_OK) {
        snprintf(text, sizeof text, "\"name\":\"%s\"", name);
        found = strstr(infrastate_result_json(result, NULL), text) != NULL;
    }
    infrastate_result_free(result);
    return found;
}

static void remove_key(const char* name) {
    char request[256];
    infrastate_result* result = NULL;
    snprintf(request, sizeof request,
             "{\"resource\":\"access_key\",\"desired\":{\"name\":\"%s\",\"state\":\"absent\"}}",
             name);
    infrastate_apply(client, request, strlen(request), NULL, &result);
    infrastate_result_free(result);
}

/* One call in which the n-th allocation fails; 0 once there were not so many. */
static int round_of(const char* what, long n) {
    infrastate_result* result = NULL;
    infrastate_client* made = NULL;
    infrastate_cancel* cancel = NULL;
    char request[256], name[64];
    int32_t code = INFRASTATE_OK;
    int was_failed;
    snprintf(name, sizeof name, "memory-%ld", n);
    snprintf(request, sizeof request, "{\"resource\":\"access_key\",\"desired\":{\"name\":\"%s\"}}",
             name);
    failed = 0;
    left = n;
    if (strcmp(what, "describe") == 0)
        code = infrastate_describe(&result);
    else if (strcmp(what, "open") == 0) {
        made = open_client(&result);
        code = infrastate_result_code(result);
    } else if (strcmp(what, "plan") == 0)
        code = infrastate_plan(client, request, strlen(request), NULL, &result);
    else if (strcmp(what, "apply") == 0)
        code = infrastate_apply(client, request, strlen(request), NULL, &result);
    else if (strcmp(what, "info") == 0)
        code = infrastate_info(client, "{\"resource\":\"access_key\"}", 25, NULL, &result);
    else if (strcmp(what, "cancel") == 0)
        cancel = infrastate_cancel_new();
    left = 0;
    was_failed = failed;

    if (strcmp(what, "cancel") != 0) {
        size_t size = 0;
        const char* text = infrastate_result_json(result, &size);
        if (result == NULL || strlen(text) != size || text[size - 1] != '}' ||
            infrastate_result_code(result) != code) {
            printf("FAILED %s, allocation %ld: code %d, result %s\n", what, n, code, text);
            ++failures;
        }
        if (strcmp(what, "open") == 0 && (code == INFRASTATE_OK) != (made != NULL)) {
            printf("FAILED open, allocation %ld: code %d and client %p\n", n, code, (void*)made);
            ++failures;
        }
        if (strcmp(what, "apply") == 0) {
            const int there = has_key(name);
            const int known = strstr(text, "\"secret_known\":true") != NULL;
            const int honest = known || strstr(text, "\"outcome\":\"none\"") == NULL;
            if (there != 0 && !honest) {
                printf("FAILED apply, allocation %ld: a lost key: %s\n", n, text);
                ++failures;
            }
            if (there == 0 && known) {
                printf("FAILED apply, allocation %ld: a secret without a key\n", n);
                ++failures;
            }
            if (there != 0) remove_key(name);
        }
    }
    infrastate_result_free(result);
    infrastate_client_close(made);
    infrastate_cancel_free(cancel);
    return was_failed;
}

int main(int argc, char** argv) {
    const char* what = argc > 1 ? argv[1] : "describe";
    const long step = argc > 2 ? atol(argv[2]) : 1;
    long n, rounds = 0, before = 0, after;
    infrastate_result* result = NULL;
    snprintf(config, sizeof config,
             "{\"host\":\"%s\",\"access_key\":\"%s\",\"server_certificate_file\":\"%s\"}",
             getenv("INFRA_TEST_URL"), getenv("INFRA_TEST_ADMIN_KEY"),
             getenv("INFRA_TEST_CA_FILE"));
    client = open_client(&result);
    infrastate_result_free(result);
    if (client == NULL) return 2;
    round_of(what, 1000000000); /* what is made once and kept */
    for (n = 1;; n += step) {
        if (!round_of(what, n)) break;
        if (++rounds == 20) before = (long)mallinfo2().uordblks;
    }
    after = (long)mallinfo2().uordblks;
    printf("%s: %ld allocations failed; %ld bytes in use after 20, %ld at the end\n", what, rounds,
           before, after);
    /* A leak in any of thousands of rounds is more; OpenSSL loses some bytes in a few of them. */
    if (rounds > 20 && after - before > 16384) {
        printf("FAILED %s leaks %ld bytes\n", what, after - before);
        ++failures;
    }
    infrastate_client_close(client);
    return failures != 0;
}
