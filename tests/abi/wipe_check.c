/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that searches its own memory for secrets which the library should have overwritten: the
 * access key and the password with which it opened clients, and the secrets of the keys it made. It
 * keeps them masked only, so that the search does not find itself. What this program itself has in
 * clear for a moment (a configuration, a request) it overwrites before it searches.
 *
 * It searches everything that the process can read, except the stack below the frame that searches.
 * Functions that have returned, signals and the dynamic linker leave data there; it belongs to
 * nobody, and the next call that goes as deep overwrites it. Half of a secret counts: an allocator
 * may have written its own data over the other half. secret counts: an allocator may have put its
 * own words over the other.
 *
 * The environment: INFRA_TEST_URL, INFRA_TEST_CA_FILE, INFRA_TEST_DEV_USER; MASKED_KEY and
 * MASKED_PASSWORD, in hexadecimal digits, each byte masked with 0x5a; FOLDER, for a file.
 */
#define _GNU_SOURCE
#include "failures.h"
#include "infrastate.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MASK 0x5a

typedef struct {
    const char* name;
    unsigned char masked[64];
    size_t size;
    size_t secret_from; /* the text before it (the identifier of a key) is no secret */
} needle;

static int searches = 0;

static needle from_environment(const char* name, const char* variable, size_t secret_from) {
    needle out = {name, {0}, 0, secret_from};
    const char* digits = getenv(variable);
    unsigned byte;
    while (digits != NULL && sscanf(digits + 2 * out.size, "%2x", &byte) == 1)
        out.masked[out.size++] = (unsigned char)byte;
    return out;
}

static needle masked(const char* name, const char* text, size_t size, size_t secret_from) {
    needle out = {name, {0}, size, secret_from};
    size_t i;
    for (i = 0; i < size; ++i)
        out.masked[i] = (unsigned char)(text[i] ^ MASK);
    return out;
}

/* ---- the search ---- */
static unsigned char chunk[1 << 16];

static int lies_at(const unsigned char* at, const needle* what, size_t from, size_t size) {
    size_t i;
    for (i = 0; i < size; ++i)
        if ((at[i] ^ MASK) != what->masked[from + i]) return 0;
    return 1;
}

static int count_between(int memory, unsigned long begin, unsigned long end, const needle* what,
                         const char* mapping, int tell) {
    const size_t half = (what->size - what->secret_from) / 2;
    const unsigned long own = (unsigned long)chunk;
    int found = 0;
    while (begin + half <= end) {
        const size_t wanted = end - begin < sizeof chunk ? end - begin : sizeof chunk;
        const ssize_t got = pread(memory, chunk, wanted, (off_t)begin);
        ssize_t i;
        if (got < (ssize_t)half) break; /* a mapping that cannot be read, for instance [vvar] */
        for (i = 0; i + (ssize_t)half <= got; ++i) {
            const unsigned long address = begin + (unsigned long)i;
            int part;
            if (address + half > own && address < own + sizeof chunk)
                continue; /* the copy in this buffer */
            for (part = 0; part < 2; ++part) {
                if (!lies_at(chunk + i, what, what->secret_from + (size_t)part * half, half))
                    continue;
                ++found;
                if (tell)
                    printf("half %d of the %s lies at %#lx in %s\n", part + 1, what->name, address,
                           mapping);
            }
        }
        begin += (unsigned long)got - half + 1;
    }
    return found;
}

/* Counts the halves of it in this process. */
static int count(const needle* what, int tell) {
    const unsigned long frame = (unsigned long)__builtin_frame_address(0);
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    FILE* maps = fopen("/proc/self/maps", "re");
    char line[1024];
    int found = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin = 0, end = 0;
        char rights[8] = "";
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || rights[0] != 'r') continue;
        if (frame >= begin && frame < end) begin = frame;
        found += count_between(memory, begin, end, what, line, tell);
    }
    fclose(maps);
    close(memory);
    ++searches;
    return found;
}

static void is_there(const char* when, const needle* what) {
    if (count(what, 0) == 0) fail("%s: the %s is not found while it is in use", when, what->name);
}

static void is_gone(const char* when, const needle* what) {
    const int found = count(what, 1);
    if (found != 0) fail("%s: the %s lies in memory, %d halves", when, what->name, found);
}

/* ---- texts that contain secrets ---- */
static char text[16384];

/* Writes `form` into `text`, with the next needle for each $. */
static void compose(const char* form, ...) {
    va_list needles;
    size_t size = 0, i;
    va_start(needles, form);
    for (; *form != '\0'; ++form) {
        if (*form != '$') {
            text[size++] = *form;
            continue;
        }
        const needle* what = va_arg(needles, const needle*);
        for (i = 0; i < what->size; ++i)
            text[size++] = (char)(what->masked[i] ^ MASK);
    }
    text[size] = '\0';
    va_end(needles);
}

static void forget(void) {
    explicit_bzero(text, sizeof text);
}

static char connection[2048]; /* the part of a configuration without secrets */

static int lines = 0;
static void on_line(void* user, int32_t level, const char* line, size_t size) {
    (void)user, (void)level, (void)line, (void)size;
    ++lines;
}

/* Opens a client with the composed text, and overwrites the text. */
static infrastate_client* opened(int32_t expected) {
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
    const int32_t code =
        infrastate_client_open(text, strlen(text), &on_line, NULL, &client, &result);
    if (code != expected)
        fail("open: %d and not %d: %s", code, expected, infrastate_result_json(result, NULL));
    infrastate_result_free(result);
    forget();
    return client;
}

typedef int32_t (*function)(infrastate_client*, const char*, size_t, infrastate_cancel*,
                            infrastate_result**);

/* Calls with the composed text, overwrites it, and masks the secrets of the result. */
static int called(function call, infrastate_client* client, int32_t expected, needle* secrets,
                  int most) {
    infrastate_result* result = NULL;
    const int32_t code = call(client, text, strlen(text), NULL, &result);
    const char* json = infrastate_result_json(result, NULL);
    const char* at = json;
    int found = 0;
    forget();
    if (code != expected) fail("call: %d and not %d: %s", code, expected, json);
    while ((at = strstr(at, "\"secret\":\"")) != NULL && found < most) {
        at += strlen("\"secret\":\"");
        secrets[found] = masked("new secret", at, strcspn(at, "\""), 11);
        is_there("in the result", &secrets[found++]);
    }
    infrastate_result_free(result);
    return found;
}

static void all_gone(const char* when, needle* secrets, int found, int expected) {
    int i;
    if (found != expected) fail("%s: %d secrets and not %d", when, found, expected);
    for (i = 0; i < found; ++i)
        is_gone(when, &secrets[i]);
}

/* ---- the checks ---- */
static void opens_that_fail(const needle* key) {
    static const char* const forms[] = {
        "{%s,\"access_key\":\"$\"",                                  /* no end */
        "{%s,\"access_key\":\"$\",\"access_key\":\"$\"}",            /* twice */
        "{%s,\"access_key\":\"$\",\"novel\":\"$\"}",                 /* an unknown field */
        "{%s,\"access_key\":\"$\",\"retries\":\"$\"}",               /* of the wrong type */
        "{%s,\"access_key\":[\"$\"]}",                               /* of the wrong type */
        "{%s,\"access_key\":\"$\",\"username\":\"$\"}",              /* too many parameters */
        "{%s,\"access_key\":\"$\",\"proxy\":\"https://$@nowhere\"}", /* of the wrong kind */
        "{%s,\"access_key\":\"$\",\"server_certificate\":\"$\"}",    /* no PEM */
        "{%s,\"access_key\":\"$ $\"}",                               /* no key */
        "{%s,\"access_key_file\":\"$\"}",                            /* no path */
        "{%s,\"access_key\":\"$\",\"client_cert\":\"$\"}",
        "{%s,\"access_key\":\"$\",\"timeout_ms\":\"$\"}",
        "{%s,\"access_key\":\"$\",\"proxy\":\"$ \"}",
    };
    size_t i;
    for (i = 0; i < sizeof forms / sizeof *forms; ++i) {
        char form[4096], when[64];
        snprintf(form, sizeof form, forms[i], connection);
        compose(form, key, key);
        infrastate_client_close(opened(strstr(form, "_file\":\"$") || strstr(form, "_cert\":\"$")
                                           ? INFRASTATE_FILE
                                           : INFRASTATE_ARGUMENT));
        snprintf(when, sizeof when, "after failed open %d", (int)i);
        is_gone(when, key);
    }
}

#define DESIRED(more) "{\"resource\":\"access_key\",\"desired\":{" more "}}"

/* A secret as the value of a parameter that expects something else. */
static void pasted_into_requests(infrastate_client* client, needle* secret) {
    static const char* const forms[] = {
        DESIRED("\"name\":\"$!\""),
        DESIRED("\"name\":\"pasted\",\"state\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"id\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"expires_in\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"expires_at\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"renew_before\":\"$%\""),
        DESIRED("\"name\":\"pasted\",\"overlap\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"secret_file\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"secret_file\":\"/tmp/pasted\",\"mode\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"secret_file\":\"/tmp/pasted\",\"owner\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"secret_file\":\"/tmp/pasted\",\"group\":\"$\""),
        DESIRED("\"name\":\"pasted\",\"secret_file\":\"/tmp/pasted\",\"keepers\":"
                "{\"a\":[\"$\"]}"),
        DESIRED("\"name\":\"pasted\",\"recreate\":[\"$\"]"),
        "{\"resource\":\"$\",\"desired\":{\"name\":\"pasted\"}}",
        "{\"resource\":\"access_key\",\"timeout_ms\":\"$\",\"desired\":{}}",
    };
    size_t i;
    for (i = 0; i < sizeof forms / sizeof *forms; ++i) {
        char when[64];
        compose(forms[i], secret);
        called(&infrastate_plan, client, INFRASTATE_ARGUMENT, NULL, 0);
        snprintf(when, sizeof when, "after the request pasted into, %d,", (int)i);
        is_gone(when, secret);
    }
    compose("{\"resource\":\"$\"}", secret);
    called(&infrastate_info, client, INFRASTATE_ARGUMENT, NULL, 0);
    compose("{\"resource\":\"access_key\",\"query\":{\"secret_file\":\"$\"}}", secret);
    called(&infrastate_info, client, INFRASTATE_ARGUMENT, NULL, 0);
    is_gone("after the questions pasted into", secret);
}

static void calls(infrastate_client* client, const char* folder) {
    needle made[4];
    needle other;
    char form[2048];
    int found;
    compose(DESIRED("\"name\":\"wiped\""));
    found = called(&infrastate_apply, client, INFRASTATE_OK, made, 4);
    all_gone("after apply", made, found, 1);
    if (found != 1) return;

    /* The secret that the host says it keeps must be protected as well. */
    compose(DESIRED("\"name\":\"wiped\",\"current_secret\":\"$\""), &made[0]);
    found = called(&infrastate_plan, client, INFRASTATE_OK, &other, 1);
    all_gone("after a plan with current_secret", &made[0], 1, 1);
    compose(DESIRED("\"name\":\"wiped\",\"current_secret\":\"$\""), &made[0]);
    found = called(&infrastate_apply, client, INFRASTATE_OK, &other, 1);
    all_gone("after an apply with current_secret", &made[0], 1, 1);

    /* Calls that fail, before anything is sent and after. */
    compose("{\"resource\":\"access_key\",\"desired\":{\"current_secret\":\"$\"", &made[0]);
    called(&infrastate_apply, client, INFRASTATE_ARGUMENT, NULL, 0);
    compose(DESIRED("\"name\":\"wiped\",\"novel\":\"$\""), &made[0]);
    called(&infrastate_apply, client, INFRASTATE_ARGUMENT, NULL, 0);
    compose(DESIRED("\"name\":\"$\",\"current_secret\":[\"$\"]"), &made[0], &made[0]);
    called(&infrastate_apply, client, INFRASTATE_ARGUMENT, NULL, 0);
    compose(DESIRED("\"name\":\"wiped\",\"user\":\"nobody@example.com\",\"current_secret\":\"$\""),
            &made[0]);
    called(&infrastate_apply, client, INFRASTATE_CONFLICT, NULL,
           0); /* the secret is of another key */
    all_gone("after failed calls", &made[0], 1, 1);
    pasted_into_requests(client, &made[0]);
    snprintf(form, sizeof form, DESIRED("\"name\":\"filed\",\"secret_file\":\"%s/no/key\""),
             folder);
    compose(form);
    called(&infrastate_apply, client, INFRASTATE_FILE, NULL, 0);

    compose("{\"requests\":[" DESIRED("\"name\":\"batched-1\"") "," DESIRED(
                "\"name\":\"?\"") "," DESIRED("\"name\":\"batched-2\"") "," DESIRED("\"name\":"
                                                                                    "\"batched-3\","
                                                                                    "\"current_"
                                                                                    "secret\":\"$"
                                                                                    "\"") "]}",
            &made[0]);
    other = made[0];
    found = called(&infrastate_apply, client, INFRASTATE_PARTIAL, made, 4);
    all_gone("after a batch", made, found, 2); /* batched-3 got the secret of another key */
    all_gone("after a batch with it", &other, 1, 1);

    snprintf(form, sizeof form, DESIRED("\"name\":\"filed\",\"secret_file\":\"%s/key\""), folder);
    compose(form);
    found = called(&infrastate_apply, client, INFRASTATE_OK, made, 1);
    all_gone("after one with a file", made, found, 1);
    compose(form);
    found = called(&infrastate_apply, client, INFRASTATE_OK, made, 1);
    all_gone("after one that read the file", made, found, 1);

    compose("{\"resource\":\"access_key\"}");
    called(&infrastate_info, client, INFRASTATE_OK, NULL, 0);
}

/* Writes the composed text into an existing file, and overwrites the text. */
static void write_file(const char* path) {
    const int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (write(file, text, strlen(text)) != (ssize_t)strlen(text))
        fail("%s cannot be written", path);
    close(file);
    forget();
}

/* A client reads its file again: the key in the file replaces the one before, and the client goes
 * on. */
static void read_again(const needle* key, const char* folder) {
    char path[1024], form[4096];
    infrastate_client* client;
    int round;
    snprintf(path, sizeof path, "%s/caller.key", folder);
    snprintf(form, sizeof form, "{%s,\"access_key_file\":\"%s\"}", connection, path);
    compose("$", key);
    write_file(path);
    compose(form);
    client = opened(INFRASTATE_OK);
    for (round = 0; round < 2; ++round) {
        compose(DESIRED("\"name\":\"read-again\""));
        called(&infrastate_plan, client, INFRASTATE_OK, NULL, 0);
        is_there("in a client", key);
        compose("aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb");
        write_file(path);
        compose(DESIRED("\"name\":\"read-again\""));
        called(&infrastate_plan, client, INFRASTATE_AUTH, NULL, 0);
        is_gone("once the file has another", key);
        compose("$", key);
        write_file(path);
    }
    infrastate_client_close(client);
    unlink(path);
}

int main(void) {
    const needle key = from_environment("access key", "MASKED_KEY", 11);
    const needle password = from_environment("password", "MASKED_PASSWORD", 0);
    infrastate_client* client;
    needle made;
    int found;
    char form[4096];
    setvbuf(stdout, NULL, _IOLBF, 0);
    snprintf(connection, sizeof connection,
             "\"host\":\"%s\",\"server_certificate_file\":\"%s\",\"retries\":0",
             getenv("INFRA_TEST_URL"), getenv("INFRA_TEST_CA_FILE"));
    is_gone("at the start", &key);
    is_gone("at the start", &password);
    opens_that_fail(&key);

    snprintf(form, sizeof form, "{%s,\"access_key\":\"$\"}", connection);
    compose(form, &key);
    client = opened(INFRASTATE_OK);
    is_there("in a client", &key);
    calls(client, getenv("FOLDER"));
    infrastate_client_close(client);
    is_gone("after the close", &key);
    read_again(&key, getenv("FOLDER"));
    is_gone("after the close", &key);

    snprintf(form, sizeof form, "{%s,\"username\":\"%s\",\"password\":\"$\"}", connection,
             getenv("INFRA_TEST_DEV_USER"));
    compose(form, &password);
    client = opened(INFRASTATE_OK);
    is_there("in a client", &password);
    snprintf(form, sizeof form, DESIRED("\"name\":\"of-a-login\",\"user\":\"%s\""),
             getenv("INFRA_TEST_DEV_USER"));
    compose(form);
    found = called(&infrastate_apply, client, INFRASTATE_OK, &made, 1);
    all_gone("after a login", &made, found, 1);
    infrastate_client_close(client);
    is_gone("after the close", &password);

    if (lines == 0) fail("no line was logged");
    printf("%d searches, %d failed\n", searches, failures);
    return failures != 0;
}
