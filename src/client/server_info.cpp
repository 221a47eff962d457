// SPDX-License-Identifier: Apache-2.0
#include "server_info.h"

#include "rows.h"
#include "urls.h"

namespace infrastate::client {

Result<ServerVersion> ServerInfo::version() {
    const ApiCall call = conversation_.call("asking for the server's version");
    // the server needs no token for this
    auto answer = conversation_.get(call, version_url, nullptr);
    if (!answer) return std::move(answer).error();
    auto text = read_text(answer->value, "version");
    if (!text) return unexpected_answer(call, text.error().message);
    auto version = ServerVersion::parse(*text);
    if (!version) return unexpected_answer(call, "names a version that is not like 0.21.0");
    return version;
}

} // namespace infrastate::client
