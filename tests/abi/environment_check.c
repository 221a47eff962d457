/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that sees every read of its environment, from the moment it loads the library: its own
 * getenv() and secure_getenv() replace those of the C library. It prints a line for each: the step
 * and the variable. (The C library itself reads its environment without these two functions.)
 * usage: abi_environment_check CONFIG, which is JSON; INFRASTATE_LIBRARY names the library.
 */
#define _GNU_SOURCE
#include "infrastate.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* step = NULL; /* NULL: this program itself reads */
static char seen[65536];        /* printed at the end: printing may read, too */
static size_t seen_size = 0;

static void remember(const char* name) {
    if (step == NULL) return;
    const int more = snprintf(seen + seen_size, sizeof seen - seen_size, "%s %s\n", step, name);
    if (more > 0 && seen_size + (size_t)more < sizeof seen) seen_size += (size_t)more;
}

static char* looked(const char* function, const char* name) {
    char* (*real)(const char*);
    *(void**)&real = dlsym(RTLD_NEXT, function);
    remember(name);
    return real(name);
}

char* getenv(const char* name) {
    return looked("getenv", name);
}

char* secure_getenv(const char* name) {
    return looked("secure_getenv", name);
}

static void* library;

static void* symbol(const char* name) {
    void* found = dlsym(library, name);
    if (found != NULL) return found;
    printf("no %s: %s\n", name, dlerror());
    exit(2);
}

#define NAMED(name) __typeof__(&name) its_##name = symbol(#name)

int main(int argc, char** argv) {
    const char* path = getenv("INFRASTATE_LIBRARY");
    static const char all[] = "{\"resource\":\"access_key\"}";
    static const char one[] = "{\"resource\":\"access_key\",\"desired\":{\"name\":\"watched\"}}";
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
    int round, failed = 0;
    if (argc != 2) return 2;
    step = "load";
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    step = NULL;
    if (library == NULL) {
        printf("%s\n", dlerror());
        return 2;
    }
    NAMED(infrastate_describe);
    NAMED(infrastate_client_open);
    NAMED(infrastate_client_close);
    NAMED(infrastate_plan);
    NAMED(infrastate_apply);
    NAMED(infrastate_info);
    NAMED(infrastate_cancel_new);
    NAMED(infrastate_cancel_set);
    NAMED(infrastate_cancel_free);
    NAMED(infrastate_result_json);
    NAMED(infrastate_result_free);

#define STEP(name, call)                                                                           \
    do {                                                                                           \
        step = name;                                                                               \
        const int32_t code = call;                                                                 \
        step = NULL;                                                                               \
        if (code != INFRASTATE_OK)                                                                 \
            printf("FAILED %s: %s\n", name, its_infrastate_result_json(result, NULL)), ++failed;   \
        its_infrastate_result_free(result);                                                        \
    } while (0)

    for (round = 0; round < 2; ++round) {
        STEP("describe", its_infrastate_describe(&result));
        STEP("open",
             its_infrastate_client_open(argv[1], strlen(argv[1]), NULL, NULL, &client, &result));
        STEP("call", its_infrastate_plan(client, one, strlen(one), NULL, &result));
        STEP("call", its_infrastate_apply(client, one, strlen(one), NULL, &result));
        STEP("call", its_infrastate_info(client, all, strlen(all), NULL, &result));
        step = "cancel";
        infrastate_cancel* cancel = its_infrastate_cancel_new();
        its_infrastate_cancel_set(cancel);
        its_infrastate_cancel_free(cancel);
        step = "close";
        its_infrastate_client_close(client);
        step = NULL;
    }
    fwrite(seen, 1, seen_size, stdout);
    printf("end\n");
    return failed != 0;
}
