// SPDX-License-Identifier: Apache-2.0
// The only place that builds a URL of Infra's API: paths and queries as they are sent. Every value
// is percent-encoded, so no value can add a parameter or leave the path.
#pragma once

#include "infrastate/ports/destination_api.h"
#include "infrastate/ports/key_api.h"

#include <string>
#include <string_view>

namespace infrastate::client {

/// Rows per page: the server's maximum.
inline constexpr int page_size = 1000;
/// A smaller page, because rows of Kubernetes destinations contain all their namespaces.
inline constexpr int destinations_page_size = 100;

std::string access_keys_url(const ports::KeyQuery& query, int page);
std::string access_key_url(const ServerId& id);
std::string users_url(const std::string& name, int page);
std::string destinations_url(const ports::DestinationQuery& query, int page);

inline constexpr std::string_view new_access_key_url = "/api/access-keys";
inline constexpr std::string_view version_url = "/api/version";
inline constexpr std::string_view self_url = "/api/users/self";
inline constexpr std::string_view login_url = "/api/login";
inline constexpr std::string_view logout_url = "/api/logout";

} // namespace infrastate::client
