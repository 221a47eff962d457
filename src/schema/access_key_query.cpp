// SPDX-License-Identifier: Apache-2.0
#include "tables.h"

namespace infrastate::schema {
namespace {

constexpr std::array params{
    Param{
        .name = "user",
        .type = Type::string,
        .doc = {"Name of the Infra user whose keys are listed."},
        .fill = Default::filled,
        .default_value = "connector",
    },
    Param{
        .name = "name",
        .type = Type::key_name,
        .doc = {"Only the key of this name, and those that rotations made of it."},
    },
};

} // namespace

constinit const Section access_key_query{params, {}};

} // namespace infrastate::schema
