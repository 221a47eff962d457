/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libinfrastate: keeps access keys of an Infra server in the state that the caller describes, from
 * any language that can call C. JSON goes in and JSON comes out; no struct has public fields.
 *
 * CONVENTIONS
 *  1. A text is a pointer and a length in bytes. It is UTF-8 and needs no NUL behind it.
 *     infrastate_describe() describes the numbers, identifiers and times in the JSON.
 *  2. Every function that returns int32_t returns one of the codes below. It also stores a result
 *     that tells the same in detail, after a success and after a failure. The caller owns the
 *     result and frees it with infrastate_result_free(). If `out` is NULL, the function does
 *     nothing and returns INFRASTATE_ARGUMENT.
 *  3. Handles are opaque. NULL does no harm: a function that needs a handle returns
 *     INFRASTATE_ARGUMENT for it, and a function that frees one does nothing. A handle of the wrong
 *     kind is INFRASTATE_ARGUMENT. Do not use a handle after it was freed.
 *  4. No function throws, exits, prints, starts a thread, installs a signal handler, or changes the
 *     locale, the signal mask, errno or the working directory. No function reads the environment,
 *     except where "environment": true asks for it; OpenSSL and the resolver may read it by
 *     themselves. No SIGPIPE reaches the caller.
 *  5. Any thread may call any function. Calls on one client wait for each other, no longer than
 *     their deadlines. Different clients are independent of each other.
 *  6. After fork() the child can read the results that it inherited, and free all handles. Every
 *     other call on an inherited client or token returns INFRASTATE_FORKED and sends nothing. The
 *     child may open clients of its own.
 *  7. Within major version 1, functions and codes are only added, and an optional parameter stays
 *     optional. Results get more fields: ignore those you do not know. Treat an unknown code as
 *     INFRASTATE_INTERNAL.
 *
 * The library stays in memory once it is loaded: dlclose() does not unload it.
 * docs/abi.md describes the JSON. Beside this file, the sources have examples in six languages.
 */
#ifndef INFRASTATE_H
#define INFRASTATE_H

#include <stddef.h>
#include <stdint.h>

/* The version of this interface that this header describes. Since 1.0. */
#define INFRASTATE_ABI_MAJOR 1
#define INFRASTATE_ABI_MINOR 0

/* Codes. A number is never changed and never used for another meaning. Since 1.0. */
#define INFRASTATE_OK 0
#define INFRASTATE_ARGUMENT 1   /* a parameter is wrong; error.field names it */
#define INFRASTATE_AUTH 2       /* the server does not accept the credentials */
#define INFRASTATE_PERMISSION 3 /* the caller may not do this */
#define INFRASTATE_NOT_FOUND 4  /* a named user or key does not exist */
#define INFRASTATE_CONFLICT 5   /* somebody else holds the name */
#define INFRASTATE_TRANSPORT 6  /* name resolution, connection, TLS, or no HTTP */
#define INFRASTATE_DEADLINE 7   /* the time given was used up */
#define INFRASTATE_CANCELLED 8  /* the call's cancel token was set */
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
 * Takes a log line. The library calls it on the thread whose call causes the line, before that call
 * returns. `msg` has `len` bytes and a NUL behind them, no line feed, and no secret. It is valid
 * until the callback returns. The callback must return: it may not throw or longjmp. It may call
 * anything except functions of the same client, which return INFRASTATE_BUSY. Since 1.0.
 */
typedef void (*infrastate_log_fn)(void* user, int32_t level, const char* msg, size_t len);

/* The library's version, like "1.4.2". Static. Never fails. Since 1.0. */
INFRASTATE_API const char* infrastate_version(void) INFRASTATE_NOEXCEPT;

/*
 * The version of the interface that the library has: (major << 16) | minor. A program works with a
 * library of the same major version and of at least its own minor version. Never fails. Since 1.0.
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
 * Opens a client. `config` is a JSON object. Nothing is sent yet. The files that it names are read
 * now. Only access_key_file is read again: before a call if the file has changed, and once if the
 * server refuses its key in the first request of a call. `log` may be NULL. It gets the lines up to
 * the `log_level` of `config`. The library passes `user` to it unchanged. Both must stay valid
 * until the client is closed. On failure *client is NULL. Codes: OK, ARGUMENT, FILE, NO_MEMORY,
 * INTERNAL. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_client_open(const char* config, size_t len, infrastate_log_fn log,
                                              void* user, infrastate_client** client,
                                              infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Ends the connection and overwrites the credentials. No other call may be inside the client, and
 * none may follow. Called from inside the client's own log callback it does nothing. NULL is a
 * no-op. In a forked child it closes the child's copy of the connection, sends nothing to the
 * server and frees its own memory. OpenSSL's objects stay until the child ends. Of a client that
 * was inside a call at the fork only the descriptors are closed. Since 1.0.
 */
INFRASTATE_API void infrastate_client_close(infrastate_client* client) INFRASTATE_NOEXCEPT;

/*
 * Says what infrastate_apply() would do, and changes nothing. `request` is
 *   {"resource": "access_key", "desired": {...}, "timeout_ms": n}  or
 *   {"requests": [{"resource": ..., "desired": ...}, ...], "timeout_ms": n}
 * where timeout_ms may only shorten the client's own. `cancel` may be NULL. If a batch is refused
 * as a whole, its `results` are empty and the code is not PARTIAL. Codes: any; PARTIAL only for a
 * batch. Since 1.0.
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
 * Lists what exists: {"resource": "access_key", "query": {...}, "timeout_ms": n}. Changes nothing
 * and shows no secret. Codes as infrastate_plan(). Since 1.0.
 */
INFRASTATE_API int32_t infrastate_info(infrastate_client* client, const char* request, size_t len,
                                       infrastate_cancel* cancel,
                                       infrastate_result** out) INFRASTATE_NOEXCEPT;

/*
 * Makes a cancel token. The caller owns it. On failure *cancel is NULL.
 * Codes: OK, ARGUMENT, NO_MEMORY (memory or descriptors are short). Since 1.0.
 */
INFRASTATE_API int32_t infrastate_cancel_open(infrastate_cancel** cancel,
                                              infrastate_result** out) INFRASTATE_NOEXCEPT;

/* The same for callers that need no reason for a failure: it returns NULL then. Since 1.0. */
INFRASTATE_API infrastate_cancel* infrastate_cancel_new(void) INFRASTATE_NOEXCEPT;

/*
 * Cancels every call that has the token, now and later. A call that is not done cleans up what it
 * began and returns INFRASTATE_CANCELLED. May be called from any thread or signal handler. A set
 * token stays set. NULL is a no-op. Since 1.0.
 */
INFRASTATE_API void infrastate_cancel_set(infrastate_cancel* cancel) INFRASTATE_NOEXCEPT;

/* Frees a token once the calls that use it have returned. NULL is a no-op. Since 1.0. */
INFRASTATE_API void infrastate_cancel_free(infrastate_cancel* cancel) INFRASTATE_NOEXCEPT;

/* The code that the call returned; INFRASTATE_ARGUMENT if `result` is no result. Since 1.0. */
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
 * is NULL. Borrowed: valid until the result is freed, and overwritten then. Returns NULL, and 0 in
 * *len, if the member does not exist, is null or is no text, if `name` is NULL, and if `result` is
 * no result. The results of a batch are only in the JSON. Since 1.0.
 */
INFRASTATE_API const char* infrastate_result_string(const infrastate_result* result,
                                                    const char* name,
                                                    size_t* len) INFRASTATE_NOEXCEPT;

/*
 * The same for a whole number, such as "error.http_status". Returns 1 and stores the number in
 * *value. Returns 0 and leaves *value unchanged if there is no number. `value` may be NULL.
 * Since 1.0.
 */
INFRASTATE_API int32_t infrastate_result_integer(const infrastate_result* result, const char* name,
                                                 int64_t* value) INFRASTATE_NOEXCEPT;

/*
 * The same for a truth value, such as "changed" or "error.retryable": 1 for true, 0 for false, -1
 * if there is none. Since 1.0.
 */
INFRASTATE_API int32_t infrastate_result_boolean(const infrastate_result* result,
                                                 const char* name) INFRASTATE_NOEXCEPT;

/* Overwrites the result and frees it. NULL is a no-op. Since 1.0. */
INFRASTATE_API void infrastate_result_free(infrastate_result* result) INFRASTATE_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* INFRASTATE_H */
