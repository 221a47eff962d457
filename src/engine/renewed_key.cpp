// SPDX-License-Identifier: Apache-2.0
#include "renewed_key.h"

namespace infrastate::engine {

Result<bool> renew_key(Config& config, When when) {
    if (!config.token_file) return false;
    TokenFile& file = *config.token_file;
    // The stamp is taken before the file is read. If the file is written in between, the next call
    // reads it.
    const auto stamp = stamp_of(file.path);
    if (when == When::file_changed && stamp && stamp == file.stamp) return false;
    auto read = read_token_file(file.path);
    if (!read) return std::move(read).error();
    file.stamp = stamp;
    if (read->equals(config.token)) return false;
    config.token = std::move(*read);
    return true;
}

Result<transport::Response> RenewingSender::send(const transport::Request& request,
                                                 const transport::Deadline& deadline) {
    auto response = sender_.send(request, deadline);
    if (settled_ || request.bearer != &config_.token || !response) return response;
    settled_ = true;
    if (response->status != 401) return response;
    const auto renewed = renew_key(config_, When::always);
    if (!renewed || !*renewed) return response;
    renewed_();
    return sender_.send(request, deadline);
}

} // namespace infrastate::engine
