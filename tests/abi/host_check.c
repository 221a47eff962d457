/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host process that observes itself while it uses the library. It makes one check in a run; the
 * first argument names it, and the environment names the server. Exit code 0: all is as promised.
 */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include "failures.h"
#include "infrastate.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

#define CHECK(good, ...)                                                                           \
    do {                                                                                           \
        if (!(good)) fail(__VA_ARGS__);                                                            \
    } while (0)

/* ---- the library, by dlopen ---- */
static struct {
    void* handle;
    const char* (*version)(void);
    int32_t (*describe)(infrastate_result**);
    int32_t (*open)(const char*, size_t, infrastate_log_fn, void*, infrastate_client**,
                    infrastate_result**);
    void (*close)(infrastate_client*);
    int32_t (*plan)(infrastate_client*, const char*, size_t, infrastate_cancel*,
                    infrastate_result**);
    int32_t (*apply)(infrastate_client*, const char*, size_t, infrastate_cancel*,
                     infrastate_result**);
    int32_t (*info)(infrastate_client*, const char*, size_t, infrastate_cancel*,
                    infrastate_result**);
    infrastate_cancel* (*cancel_new)(void);
    void (*cancel_set)(infrastate_cancel*);
    void (*cancel_free)(infrastate_cancel*);
    int32_t (*code)(const infrastate_result*);
    const char* (*json)(const infrastate_result*, size_t*);
    void (*free)(infrastate_result*);
} lib;

static void* symbol(const char* name) {
    void* found = dlsym(lib.handle, name);
    if (found == NULL) {
        printf("FAILED no %s: %s\n", name, dlerror());
        exit(2);
    }
    return found;
}

static void load(void) {
    lib.handle = dlopen(getenv("INFRASTATE_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    if (lib.handle == NULL) {
        printf("FAILED dlopen: %s\n", dlerror());
        exit(2);
    }
#define TAKE(member, name) *(void**)&lib.member = symbol("infrastate_" name)
    TAKE(version, "version");
    TAKE(describe, "describe");
    TAKE(open, "client_open");
    TAKE(close, "client_close");
    TAKE(plan, "plan");
    TAKE(apply, "apply");
    TAKE(info, "info");
    TAKE(cancel_new, "cancel_new");
    TAKE(cancel_set, "cancel_set");
    TAKE(cancel_free, "cancel_free");
    TAKE(code, "result_code");
    TAKE(json, "result_json");
    TAKE(free, "result_free");
}

static char config[4096];

static void make_config(void) {
    snprintf(config, sizeof config,
             "{\"host\":\"%s\",\"access_key\":\"%s\",\"server_certificate_file\":\"%s\"}",
             getenv("INFRA_TEST_URL"), getenv("INFRA_TEST_ADMIN_KEY"),
             getenv("INFRA_TEST_CA_FILE"));
}

static infrastate_client* open_client(void) {
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
    int32_t code = lib.open(config, strlen(config), NULL, NULL, &client, &result);
    CHECK(code == INFRASTATE_OK, "open: %s", lib.json(result, NULL));
    lib.free(result);
    return client;
}

static int32_t plan(infrastate_client* client, int32_t expected) {
    static const char request[] = "{\"resource\":\"access_key\",\"desired\":{\"name\":\"hosted\"}}";
    infrastate_result* result = NULL;
    int32_t code = lib.plan(client, request, strlen(request), NULL, &result);
    CHECK(code == expected, "plan: %d and not %d: %s", code, expected, lib.json(result, NULL));
    lib.free(result);
    return code;
}

/* ---- what a process has ---- */
static int count(const char* folder) {
    int all = 0;
    struct dirent* entry;
    DIR* dir = opendir(folder);
    while ((entry = readdir(dir)) != NULL)
        all += entry->d_name[0] != '.';
    closedir(dir);
    return all;
}

static long resident_kib(void) {
    long pages = 0, ignored = 0;
    FILE* file = fopen("/proc/self/statm", "r");
    if (fscanf(file, "%ld %ld", &ignored, &pages) != 2) pages = -1;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int add_provider(OSSL_PROVIDER* provider, void* list) {
    strncat(list, OSSL_PROVIDER_get0_name(provider), 64);
    strncat(list, " ", 2);
    return 1;
}

/* ---- the checks ---- */
static void* nothing(void* unused) {
    return unused;
}

static void same_state(void) {
    char directory[4096], directory_after[4096], providers[1024] = "", providers_after[1024] = "";
    sigset_t mask, mask_after, pending;
    struct sigaction pipe_before, pipe_after;
    int i, state = -1;
    mode_t mode;
    char** environ_before = environ;
    int variables = 0;
    const RAND_METHOD* random_before;
    infrastate_client* client;
    pthread_t thread;
    /* The host has used OpenSSL before. */
    unsigned char byte;
    RAND_bytes(&byte, 1);
    OSSL_PROVIDER_do_all(NULL, add_provider, providers);
    random_before = RAND_get_rand_method();
    load();
    while (environ[variables] != NULL)
        ++variables;
    /* Uses a locale in which numbers have commas, if the machine has one. */
    setlocale(LC_ALL, "");
    const char* locale = strdup(setlocale(LC_ALL, NULL));
    CHECK(getcwd(directory, sizeof directory) != NULL, "getcwd");
    mode = umask(027);
    fesetround(FE_UPWARD);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGPIPE, NULL, &pipe_before);
    pthread_create(&thread, NULL, nothing,
                   NULL); /* glibc allocates memory for the first thread and keeps it */
    pthread_join(thread, NULL);
    const int threads = count("/proc/self/task");
    int descriptors = 0;
    for (i = 0; i < 5; ++i) {
        client = open_client();
        errno = 4711;
        plan(client, INFRASTATE_OK);
        CHECK(errno == 4711, "errno became %d", errno);
        CHECK(ERR_peek_error() == 0, "an OpenSSL error is left");
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
        CHECK(state == PTHREAD_CANCEL_ENABLE, "the thread cannot be cancelled any more");
        CHECK(count("/proc/self/task") == threads, "threads: %d", count("/proc/self/task"));
        pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
        CHECK(memcmp(&mask, &mask_after, sizeof mask) == 0, "the signal mask is another");
        sigpending(&pending);
        CHECK(sigismember(&pending, SIGPIPE) == 0, "SIGPIPE is pending");
        lib.close(client);
        if (i == 0) descriptors = count("/proc/self/fd");
        CHECK(count("/proc/self/fd") == descriptors, "descriptors: %d and not %d",
              count("/proc/self/fd"), descriptors);
    }
    sigaction(SIGPIPE, NULL, &pipe_after);
    CHECK(pipe_before.sa_handler == pipe_after.sa_handler, "the handler of SIGPIPE is another");
    CHECK(strcmp(locale, setlocale(LC_ALL, NULL)) == 0, "the locale is another");
    CHECK(getcwd(directory_after, sizeof directory_after) != NULL &&
              strcmp(directory, directory_after) == 0,
          "the working directory is another");
    CHECK(umask(mode) == 027, "the umask is another");
    CHECK(fegetround() == FE_UPWARD, "the rounding mode is another");
    CHECK(environ == environ_before && environ[variables] == NULL, "the environment is another");
    CHECK(RAND_get_rand_method() == random_before, "the RAND method is another");
    OSSL_PROVIDER_do_all(NULL, add_provider, providers_after);
    CHECK(strcmp(providers, providers_after) == 0, "providers were \"%s\" and are \"%s\"",
          providers, providers_after);
}

static void descriptors_close_on_exec(void) {
    DIR* dir;
    struct dirent* entry;
    infrastate_client* client;
    infrastate_cancel* cancel;
    int seen = 0;
    load();
    client = open_client();
    cancel = lib.cancel_new();
    plan(client, INFRASTATE_OK);
    dir = opendir("/proc/self/fd");
    while ((entry = readdir(dir)) != NULL) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(dir)) continue;
        if (fcntl(fd, F_GETFD) < 0 || fd >= 200) continue; /* left open by the caller */
        ++seen;
        CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "descriptor %d stays open in programs", fd);
    }
    closedir(dir);
    CHECK(seen >= 2, "only %d descriptors were seen", seen);
    lib.cancel_free(cancel);
    lib.close(client);
}

static void loads_are_flat(long rounds) {
    long i, warm = 0;
    for (i = 0; i < rounds; ++i) {
        infrastate_client* client;
        load();
        client = open_client();
        plan(client, INFRASTATE_OK);
        lib.close(client);
        dlclose(lib.handle);
        if (i == 49) warm = resident_kib();
    }
    CHECK(resident_kib() - warm < 512, "grew by %ld KiB over %ld loads", resident_kib() - warm,
          rounds);
    printf("%ld KiB after 50, %ld KiB after %ld\n", warm, resident_kib(), rounds);
}

static void clients_are_flat(long rounds) {
    long i, warm = 0;
    load();
    for (i = 0; i < rounds; ++i) {
        infrastate_client* client = open_client();
        plan(client, INFRASTATE_TRANSPORT);
        lib.close(client);
        if (i == 499) warm = resident_kib();
    }
    CHECK(resident_kib() - warm < 512, "grew by %ld KiB over %ld clients", resident_kib() - warm,
          rounds);
    printf("%ld KiB after 500, %ld KiB after %ld\n", warm, resident_kib(), rounds);
}

static infrastate_client* left_open;
/* main() has returned its code already, so a failure here needs another way out. */
static void at_exit(void) {
    plan(left_open, INFRASTATE_OK);
    printf("%s at exit\n", failures == 0 ? "used" : "FAILED");
    fflush(stdout);
    if (failures != 0) _exit(1);
}

static void* use_and_end(void* unused) {
    infrastate_client* client = open_client();
    plan(client, INFRASTATE_OK);
    lib.close(client);
    return unused;
}

static void ends_cleanly(void) {
    int i;
    pthread_t thread;
    load();
    for (i = 0; i < 5; ++i) {
        pthread_create(&thread, NULL, use_and_end, NULL);
        pthread_join(thread, NULL);
    }
    left_open = open_client();
    plan(left_open, INFRASTATE_OK);
    atexit(at_exit);     /* runs before the library's own exit functions */
    dlclose(lib.handle); /* does not unload it */
    plan(left_open, INFRASTATE_OK);
}

int main(int argc, char** argv) {
    const char* what = argc > 1 ? argv[1] : "";
    const long rounds = argc > 2 ? atol(argv[2]) : 0;
    make_config();
    if (strcmp(what, "same_state") == 0)
        same_state();
    else if (strcmp(what, "descriptors_close_on_exec") == 0)
        descriptors_close_on_exec();
    else if (strcmp(what, "loads_are_flat") == 0)
        loads_are_flat(rounds);
    else if (strcmp(what, "ends_cleanly") == 0)
        ends_cleanly();
    else if (strcmp(what, "clients_are_flat") == 0) {
        snprintf(config, sizeof config,
                 "{\"host\":\"https://127.0.0.1:1\",\"retries\":0,"
                 "\"access_key\":\"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\"}");
        clients_are_flat(rounds);
    } else
        fail("there is no check \"%s\"", what);
    fflush(stdout);
    return failures != 0;
}
