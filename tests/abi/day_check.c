/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client makes as many calls as a service makes in a day, first on a server that answers, then
 * on one that sometimes fails. Memory and descriptors must not grow. There must be one connection,
 * the same one as long as the server keeps it. Exit code 0: all is as promised. usage:
 * abi_day_check CALLS   prints "steady" between the two halves and waits for a line
 */
#define _GNU_SOURCE
#include "failures.h"
#include "infrastate.h"

#include <dirent.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { names = 5, change_every = 100, look_every = 50 };

static infrastate_client* client;
static long made, failed, lost;

/* What is in use: allocated bytes, descriptors, and the one socket among them. */
struct Use {
    size_t bytes;
    int descriptors, sockets;
    char socket[64];
};

static struct Use look(void) {
    struct Use use = {mallinfo2().uordblks, 0, 0, ""};
    DIR* folder = opendir("/proc/self/fd");
    struct dirent* each;
    while ((each = readdir(folder)) != NULL) {
        char path[300], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%s", each->d_name);
        if (readlink(path, target, sizeof target - 1) < 0) continue;
        ++use.descriptors;
        if (strncmp(target, "socket:", 7) != 0) continue;
        ++use.sockets;
        memcpy(use.socket, target, sizeof target);
    }
    closedir(folder);
    return use;
}

/* Every second call applies; some of them change something. */
static void call(long number) {
    char request[256];
    infrastate_result* result = NULL;
    const int applies = number % 2 == 1;
    const long changes = number / change_every;
    int32_t code;
    snprintf(request, sizeof request,
             "{\"resource\":\"access_key\",\"desired\":{\"name\":\"day-%ld\","
             "\"inactivity_timeout\":\"%ldh\"}}",
             number / 2 % names, 24 + changes % 2);
    code = (applies ? &infrastate_apply : &infrastate_plan)(client, request, strlen(request), NULL,
                                                            &result);
    if (code == INFRASTATE_OK) {
        const char* secret = infrastate_result_string(result, "secret", NULL);
        if (secret != NULL && strlen(secret) == 35) ++made;
        if (infrastate_result_boolean(result, "changed") < 0) fail("a result without changed");
    } else {
        ++failed;
        if (infrastate_result_string(result, "error.message", NULL) == NULL)
            fail("a failure without a message: %s", infrastate_result_json(result, NULL));
        if (code != INFRASTATE_TRANSPORT && code != INFRASTATE_SERVER &&
            code != INFRASTATE_DEADLINE)
            fail("%s", infrastate_result_json(result, NULL));
        if (strcmp(infrastate_result_string(result, "outcome", NULL), "none") != 0) ++lost;
    }
    infrastate_result_free(result);
}

/* Calls `count` times. Afterwards as much must be in use as before, except the socket if it may
 * break. */
static void half(long begin, long count, int breaks) {
    const long warm = count / 5;
    struct Use before, now;
    long i;
    for (i = 0; i < warm; ++i)
        call(begin + i);
    before = look();
    for (; i < count; ++i) {
        call(begin + i);
        if (i % look_every != 0) continue;
        now = look();
        if (now.sockets > 1) fail("%d sockets after %ld calls", now.sockets, i);
        if (!breaks && strcmp(now.socket, before.socket) != 0)
            fail("another connection after %ld calls", i);
    }
    now = look();
    if (now.descriptors - now.sockets != before.descriptors - before.sockets)
        fail("%d descriptors, and then %d", before.descriptors, now.descriptors);
    /* Only a connection that is just now closed or open may differ. */
    if (now.bytes > before.bytes + (breaks ? 64 << 10 : 4096))
        fail("%zu bytes, and then %zu", before.bytes, now.bytes);
}

int main(int argc, char** argv) {
    const long calls = argc == 2 ? atol(argv[1]) : 0;
    char config[4096], line[16];
    infrastate_result* result = NULL;
    snprintf(config, sizeof config,
             "{\"host\":\"%s\",\"access_key\":\"%s\",\"server_certificate_file\":\"%s\",\"timeout_"
             "ms\":5000}",
             getenv("INFRA_TEST_URL"), getenv("INFRA_TEST_ADMIN_KEY"),
             getenv("INFRA_TEST_CA_FILE"));
    if (calls < 1000 || infrastate_client_open(config, strlen(config), NULL, NULL, &client,
                                               &result) != INFRASTATE_OK) {
        fprintf(stderr, "usage: abi_day_check CALLS, 1000 or more\n");
        return 2;
    }
    infrastate_result_free(result);
    half(0, calls / 2, 0);
    if (failed > 0) fail("%ld calls failed on a server that answers", failed);
    if (made == 0) fail("no key was made");
    puts("steady");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) return 2;
    half(calls / 2, calls - calls / 2, 1);
    if (failed == 0) fail("no call failed on a server that fails");
    infrastate_client_close(client);
    printf("%ld calls, %ld keys made, %ld calls failed, %ld of them with an outcome that is not "
           "none\n",
           calls, made, failed, lost);
    return failures == 0 ? 0 : 1;
}
