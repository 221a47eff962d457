/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libinfrastate: keeps access keys of an Infra server in the state that is described, from any
 * language that can call C. JSON goes in, JSON comes out; there is no struct with fields.
 *
 * CONVENTIONS
 *  1. Text is a pointer and a length in bytes, UTF-8; no NUL is needed behind it. Numbers,
 *     identifiers and times in the JSON are described by infrastate_describe().
 *  2. Every function that returns int32_t returns one of the codes below and stores a result that
 *     says the same in detail, whether it failed or not. It is the caller's and goes with
 *     infrastate_result_free(). If `out` is NULL nothing is done: the code is
 *     INFRASTATE_ARGUMENT.
 *  3. Handles are opaque. NULL is harmless everywhere: in place of a handle that is needed it is
 *     INFRASTATE_ARGUMENT, to a function that frees it is nothing. The wrong kind of handle is
 *     INFRASTATE_ARGUMENT; a handle that was freed may not be used any more.
 *  4. No function throws, exits, prints, starts a thread, installs a signal handler, reads the
 *     environment (but for what "environment": true asks for, and what OpenSSL and the resolver
 *     read by themselves) or changes the locale, the signal mask, errno or the working directory.
 *     No SIGPIPE reaches the caller.
 *  5. Any thread may call any function. Calls on one client wait for each other, inside their
 *     deadline; different clients are independent of each other.
 *  6. After fork() the child can read the results that it inherited, and free all handles: every
 *     other call on an inherited client or token is INFRASTATE_FORKED and says nothing on the wire.
 *     It may open clients of its own.
 *  7. Within major version 1 functions and codes are only added, parameters stay optional that are,
 *     and results get more fields: ignore those you do not know. Treat an unknown code as
 *     INFRASTATE_INTERNAL.
 *
 * The library stays in memory once it is loaded: dlclose() does not unload it.
 * docs/abi.md has the JSON, with examples in six languages beside this file in the sources.
 */
#ifndef INFRASTATE_H
#define INFRASTATE_H

#include <stddef.h>
#include <stdint.h>

/* The version of this interface that this header describes. Since 1.0. */
#define INFRASTATE_ABI_MAJOR 1
#define INFRASTATE_ABI_MINOR 0

/* Codes: never renumbered, never used again for something else. Since 1.0. */
#define INFRASTATE_OK 0
#define INFRASTATE_ARGUMENT 1   /* a parameter is wrong; error.field names it */
#define INFRASTATE_AUTH 2       /* the server does not accept the credentials */
#define INFRASTATE_PERMISSION 3 /* the caller may not do this */
#define INFRASTATE_NOT_FOUND 4  /* a named user or key does not exist */
#define INFRASTATE_CONFLICT 5   /* somebody else holds the name */
#define INFRASTATE_TRANSPORT 6  /* name resolution, connection, TLS, or no HTTP */
#define INFRASTATE_DEADLINE 7   /* the time given was used up */
#define INFRASTATE_CANCELLED 8  /* by the cancel token of the call */
#define INFRASTATE_SERVER 9     /* the server failed */
#define INFRASTATE_REFUSED 10   /* a policy parameter forbids the change that is needed */
#define INFRASTATE_FILE 11      /* a file could not be read, written or locked */
#define INFRASTATE_PARTIAL 12   /* some requests of a batch failed; results[] says which */
#define INFRASTATE_BUSY 13      /* called from inside the client's own log callback */
#define INFRASTATE_FORKED 14    /* called in a child of the process that made the handle */
#define INFRASTATE_INTERNAL 15  /* a defect in the library */
#define INFRASTATE_NO_MEMORY 16
#define INFRASTATE_UNSUPPORTED 17 /* the server is too old */

/* Levels of log lines: syslog's numbers. Since 1.0. */
#define INFRASTATE_LOG_ERROR 3
#define INFRASTATE_LOG_WARNING 4
#define INFRASTATE_LOG_INFO 6
#define INFRASTATE_LOG_DEBUG 7

#if defined(__GNUC__)
#define INFRASTATE_API __attribute__((visibility("default")))
#else
#define INFRASTATE_API
#endif

#if defined(__cplusplus) && __cplusplus >= 201103L
#define INFRASTATE_NOEXCEPT noexcept
#else
#define INFRASTATE_NOEXCEPT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* One server, one set of credentials, one kept connection. */
typedef struct infrastate_client infrastate_client;
/* Cancels the calls it is given to. */
typedef struct infrastate_cancel infrastate_cancel;
/* The answer to one call. */
typedef struct infrastate_result infrastate_result;

/*
 * Takes log lines: on the thread of the call that causes them, before that call returns. `msg` has
 * `len` bytes and a NUL behind them, no line feed, and no secret; it is valid until the callback
 * returns. The callback may call anything but functions of the same client, which answer
 * INFRASTATE_BUSY; it must return, so neither throw nor longjmp. Since 1.0.
 */
typedef void (*infrastate_log_fn)(void* user, int32_t level, const char* msg, size_t len);

/* The library's version, like "1.4.2". Static. Never fails. Since 1.0. */
INFRASTATE_API const char* infrastate_version(void) INFRASTATE_NOEXCEPT;

/*
 * The interface that the library has: (major << 16) | minor. A program works with a library of its
 * own major version and at least its own minor version. Never fails. Since 1.0.
 */
INFRASTATE_API uint32_t infrastate_abi_version(void) INFRASTATE_NOEXCEPT;

/* "OK", "ARGUMENT", ...; "INTERNAL" for a number that is no code. Static, never NULL. Since 1.0. */
INFRASTATE_API const char* infrastate_code_name(int32_t code) INFRASTATE_NOEXCEPT;

/*
 * All resources, parameters with their types, defaults and choices, result fields and codes, as
 * JSON. Codes: OK, ARGUMENT, NO_MEMORY. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_describe(infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Opens a client. `config` is a JSON object; nothing is sent yet. The files it names are read now;
 * access_key_file alone is read again: before a call where it has changed, and once where the
 * server refuses its key before anything else of the call. `log` may be NULL, and gets lines up to
 * the `log_level` of `config`; `user` is handed to it as it is, and both must stay valid until the
 * client is closed. On failure *client is NULL. Codes: OK, ARGUMENT, FILE, NO_MEMORY, INTERNAL.
 * Since 1.0.
 */
INFRASTATE_API int32_t infrastate_client_open(const char* config, size_t len, infrastate_log_fn log,
                                              void* user, infrastate_client** client,
                                              infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Ends the connection and overwrites the credentials. No other call may be inside the client or
 * come after; from inside the client's own log callback it does nothing. NULL is a no-op. In a
 * forked child it closes the child's copy of the connection, sends nothing to the server and frees
 * its own memory; OpenSSL's objects, and a client that was inside a call at the fork, stay until
 * the process ends. Since 1.0.
 */
INFRASTATE_API void infrastate_client_close(infrastate_client* client) INFRASTATE_NOEXCEPT;

/*
 * Says what infrastate_apply() would do, and changes nothing. `request` is
 *   {"resource": "access_key", "desired": {...}, "timeout_ms": n}  or
 *   {"requests": [{"resource": ..., "desired": ...}, ...], "timeout_ms": n}
 * where timeout_ms may only shorten the client's own. `cancel` may be NULL. A batch that is refused
 * as a whole has no results in `results`, and another code than PARTIAL.
 * Codes: any; PARTIAL only for a batch. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_plan(infrastate_client* client, const char* request, size_t len,
                                       infrastate_cancel* cancel,
                                       infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Brings the resource into the described state. Requests, codes and results are those of
 * infrastate_plan(); `outcome` in the result says what is known about the server, on failure too.
 * The result may hold the only copy of a new key's secret. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_apply(infrastate_client* client, const char* request, size_t len,
                                        infrastate_cancel* cancel,
                                        infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Lists what there is: {"resource": "access_key", "query": {...}, "timeout_ms": n}. Changes
 * nothing and shows no secret. Codes as infrastate_plan(). Since 1.0.
 */
INFRASTATE_API int32_t infrastate_info(infrastate_client* client, const char* request, size_t len,
                                       infrastate_cancel* cancel,
                                       infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Makes a cancel token, the caller's. On failure *cancel is NULL.
 * Codes: OK, ARGUMENT, NO_MEMORY (memory or descriptors are short). Since 1.0.
 */
INFRASTATE_API int32_t infrastate_cancel_open(infrastate_cancel** cancel,
                                              infrastate_result** out) INFRASTATE_NOEXCEPT;

/* The same for callers that need no reason: NULL where it fails. Since 1.0. */
INFRASTATE_API infrastate_cancel* infrastate_cancel_new(void) INFRASTATE_NOEXCEPT;

/*
 * Cancels the calls that have the token, now and later: they end with INFRASTATE_CANCELLED unless
 * they are done, after cleaning up what they began. From any thread or signal handler; for ever.
 * NULL is nothing. Since 1.0.
 */
INFRASTATE_API void infrastate_cancel_set(infrastate_cancel* cancel) INFRASTATE_NOEXCEPT;

/* Frees a token once the calls that use it have returned. NULL is nothing. Since 1.0. */
INFRASTATE_API void infrastate_cancel_free(infrastate_cancel* cancel) INFRASTATE_NOEXCEPT;

/* The code that the call returned. INFRASTATE_ARGUMENT for what is no result. Since 1.0. */
INFRASTATE_API int32_t infrastate_result_code(const infrastate_result* result) INFRASTATE_NOEXCEPT;

/*
 * The result as one JSON object in printable ASCII with a NUL behind it; its length goes to *len
 * unless `len` is NULL. Borrowed: valid until the result is freed. Never NULL. Since 1.0.
 */
INFRASTATE_API const char* infrastate_result_json(const infrastate_result* result,
                                                  size_t* len) INFRASTATE_NOEXCEPT;

/*
 * A text member of the result by its name, or one level below it by a dotted name: "secret",
 * "resource.id", "error.message". UTF-8 with a NUL behind it; its length goes to *len unless `len`
 * is NULL. Borrowed: valid until the result is freed, and overwritten then. NULL, and 0 in *len,
 * for a member that is not there, is null or no text, for a NULL name, and for what is no result.
 * The results of a batch are in the JSON alone. Since 1.0.
 */
INFRASTATE_API const char* infrastate_result_string(const infrastate_result* result,
                                                    const char* name,
                                                    size_t* len) INFRASTATE_NOEXCEPT;

/*
 * The same for a whole number, such as "error.http_status": 1, and the number is in *value; 0, and
 * *value is as it was, where there is none. `value` may be NULL. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_result_integer(const infrastate_result* result, const char* name,
                                                 int64_t* value) INFRASTATE_NOEXCEPT;

/*
 * The same for a truth value, such as "changed" or "error.retryable": 1 for true, 0 for false, -1
 * where there is none. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_result_boolean(const infrastate_result* result,
                                                 const char* name) INFRASTATE_NOEXCEPT;

/* Overwrites the result and frees it. NULL is nothing. Since 1.0. */
INFRASTATE_API void infrastate_result_free(infrastate_result* result) INFRASTATE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* INFRASTATE_H */
