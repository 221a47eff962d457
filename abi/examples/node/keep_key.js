// SPDX-License-Identifier: Apache-2.0
// The same in Node, by koffi. The call runs on a thread of koffi's, so Node is not blocked.
// usage: node keep_key.js NAME   (INFRA_HOST, INFRA_ACCESS_KEY, INFRA_SERVER_CERTIFICATE_FILE)
"use strict";

const koffi = require("koffi");
const { promisify } = require("node:util");

const library = koffi.load(process.env.INFRASTATE_LIBRARY || "libinfrastate.so.1");
koffi.opaque("infrastate_client");
koffi.opaque("infrastate_cancel");
koffi.opaque("infrastate_result");
const open = library.func(
  "int32_t infrastate_client_open(str config, size_t len, void *log, void *user, _Out_ infrastate_client **client, _Out_ infrastate_result **out)");
const close = library.func("void infrastate_client_close(infrastate_client *client)");
const apply = library.func(
  "int32_t infrastate_apply(infrastate_client *client, str request, size_t len, infrastate_cancel *cancel, _Out_ infrastate_result **out)");
const resultJson = library.func("str infrastate_result_json(infrastate_result *result, void *len)");
const resultFree = library.func("void infrastate_result_free(infrastate_result *result)");
const applyLater = promisify(apply.async);

function take(result) {
  try {
    return JSON.parse(resultJson(result, null));
  } finally {
    resultFree(result);
  }
}

function must(answer) {
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.error.message}`);
  return answer;
}

async function main(name) {
  const config = JSON.stringify({ environment: true });
  const client = [null];
  const out = [null];
  open(config, Buffer.byteLength(config), null, null, client, out);
  must(take(out[0]));
  try {
    const request = JSON.stringify({ resource: "access_key", desired: { name } });
    await applyLater(client[0], request, Buffer.byteLength(request), null, out);
    const result = must(take(out[0]));
    if (result.secret) console.log("made, its secret is", result.secret);
    else console.log(result.changed ? "changed" : "as it should be");
  } finally {
    close(client[0]);
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
