/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the access key that the command line names, and prints its secret when it is new.
 * usage: keep_key NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE) */
#include <infrastate.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
    static const char config[] = "{\"environment\": true}";
    char request[512];
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
    const char* secret; /* belongs to the result and is freed with it */
    int32_t code;
    if (argc != 2 || strlen(argv[1]) > 240 || strpbrk(argv[1], "\"\\") != NULL) {
        fprintf(stderr, "usage: keep_key NAME\n");
        return 2;
    }
    sprintf(request, "{\"resource\": \"access_key\", \"desired\": {\"name\": \"%s\"}}", argv[1]);

    code = infrastate_client_open(config, strlen(config), NULL, NULL, &client, &result);
    if (code == INFRASTATE_OK) {
        infrastate_result_free(result);
        code = infrastate_apply(client, request, strlen(request), NULL, &result);
    }
    secret = infrastate_result_string(result, "secret", NULL);
    if (code != INFRASTATE_OK) {
        const char* message = infrastate_result_string(result, "error.message", NULL);
        fprintf(stderr, "%s: %s\n", infrastate_code_name(code), message);
    } else if (secret != NULL) {
        printf("made, its secret is %s\n", secret);
    } else {
        puts(infrastate_result_boolean(result, "changed") == 1 ? "changed" : "as it should be");
    }
    infrastate_result_free(result);
    infrastate_client_close(client);
    return code == INFRASTATE_OK ? 0 : 1;
}
