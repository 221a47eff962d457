/* SPDX-License-Identifier: Apache-2.0 */
/* The interface as a C program uses it: what works without a server. */
#include "infrastate.h"

#include <stdio.h>
#include <string.h>

static int passed = 0, failed = 0;

static void check(int good, const char* what) {
    if (good) {
        ++passed;
    } else {
        ++failed;
        printf("FAILED %s\n", what);
    }
}

static void opening_and_closing(void) {
    static const char config[] = "{\"host\":\"https://localhost:1\",\"timeout_ms\":2000,"
                                 "\"access_key\":\"aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb\"}";
    static const char request[] = "{\"resource\":\"access_key\",\"desired\":{\"name\":\"c-key\"}}";
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
    infrastate_cancel* cancel = infrastate_cancel_new();
    int32_t code = infrastate_client_open(config, strlen(config), NULL, NULL, &client, &result);
    check(code == INFRASTATE_OK, "a client opens without a network");
    check(infrastate_result_code(result) == code, "the result has the code that was returned");
    infrastate_result_free(result);

    code = infrastate_plan(client, request, strlen(request), cancel, &result);
    check(code == INFRASTATE_TRANSPORT, "a closed port is TRANSPORT");
    check(strstr(infrastate_result_json(result, NULL), "\"outcome\":\"none\"") != NULL,
          "a failure says what it has done");
    infrastate_result_free(result);

    infrastate_cancel_set(cancel);
    code = infrastate_apply(client, request, strlen(request), cancel, &result);
    check(code == INFRASTATE_CANCELLED, "a cancelled call is CANCELLED");
    infrastate_result_free(result);
    infrastate_cancel_free(cancel);
    infrastate_client_close(client);
}

int main(void) {
    infrastate_result* result = NULL;
    size_t size = 0;
    check(infrastate_abi_version() >> 16 == INFRASTATE_ABI_MAJOR,
          "the major version is the header's");
    check(strchr(infrastate_version(), '.') != NULL, "the version has a dot");
    check(strcmp(infrastate_code_name(INFRASTATE_OK), "OK") == 0, "OK is called OK");
    check(infrastate_describe(&result) == INFRASTATE_OK, "describe works");
    check(strlen(infrastate_result_json(result, &size)) == size && size > 1000,
          "describe says much");
    infrastate_result_free(result);
    opening_and_closing();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
