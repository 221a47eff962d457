// SPDX-License-Identifier: Apache-2.0
#include "urls.h"

#include "infrastate/types/ascii.h"

namespace infrastate::client {

std::string access_keys_url(const ports::KeyQuery& query, int page) {
    std::string out = "/api/access-keys?limit=" + std::to_string(page_size);
    if (query.name) out += "&name=" + percent_encoded(*query.name);
    if (query.user_id) out += "&userID=" + percent_encoded(query.user_id->text());
    if (query.show_dead) out += "&showExpired=true";
    if (page > 1) out += "&page=" + std::to_string(page);
    return out;
}

std::string access_key_url(const ServerId& id) {
    return "/api/access-keys/" + percent_encoded(id.text());
}

std::string users_url(const std::string& name, int page) {
    std::string out = "/api/users?limit=" + std::to_string(page_size) +
                      "&name=" + percent_encoded(name) + "&showSystem=true";
    if (page > 1) out += "&page=" + std::to_string(page);
    return out;
}

std::string destinations_url(const ports::DestinationQuery& query, int page) {
    std::string out = "/api/destinations?limit=" + std::to_string(destinations_page_size);
    if (query.name) out += "&name=" + percent_encoded(*query.name);
    if (query.kind) out += "&kind=" + percent_encoded(*query.kind);
    if (page > 1) out += "&page=" + std::to_string(page);
    return out;
}

} // namespace infrastate::client
