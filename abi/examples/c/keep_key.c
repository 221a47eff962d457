/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the access key that the command line names, and prints its secret when it is new.
 * usage: keep_key NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE) */
#include <infrastate.h>
#include <stdio.h>
#include <string.h>

/* A program for real use has a JSON library; this one only looks for words. */
static int says(const infrastate_result* result, const char* text) {
    return strstr(infrastate_result_json(result, NULL), text) != NULL;
}

/* The sentence that says what is wrong. Not the whole result: it may hold a secret. */
static void print_message(const infrastate_result* result) {
    const char* at = strstr(infrastate_result_json(result, NULL), "\"message\":\"");
    for (at = at == NULL ? "" : at + 11; *at != '\0' && *at != '"'; ++at) {
        if (*at == '\\') fputc(*at++, stderr);
        fputc(*at, stderr);
    }
    fputc('\n', stderr);
}

int main(int argc, char** argv) {
    static const char config[] = "{\"environment\": true}";
    char request[512];
    infrastate_client* client = NULL;
    infrastate_result* result = NULL;
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
    if (code != INFRASTATE_OK) {
        fprintf(stderr, "%s: ", infrastate_code_name(code));
        print_message(result);
    } else if (says(result, "\"secret_known\":true")) {
        const char* secret = strstr(infrastate_result_json(result, NULL), "\"secret\":\"") + 10;
        printf("made, its secret is %.35s\n", secret);
    } else {
        printf("%s\n", says(result, "\"changed\":true") ? "changed" : "as it should be");
    }
    infrastate_result_free(result);
    infrastate_client_close(client);
    return code == INFRASTATE_OK ? 0 : 1;
}
